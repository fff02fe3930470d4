/* SPDX-License-Identifier: MIT */
/* Functions that look at fixed paths of a system, called in one that is made of a test's files */
#ifndef NSI_TEST_ROOT_H
#define NSI_TEST_ROOT_H

#include <sys/wait.h>

#include "tests/unit/ctl/output.h"
#include "tests/unit/scratch.h"

static struct scratch root_s;
static struct output root_o;

static inline int root_make(void **state)
{
	(void)state;
	return scratch_make(&root_s);
}

static inline int root_done(void **state)
{
	(void)state;
	scratch_done(&root_s);
	return 0;
}

#define ROOT_TEST(name) cmocka_unit_test_setup_teardown(name, root_make, root_done)

/* A file of the system, with the directories on its way.  @name has no slash at its start. */
static inline void root_write(const char *name, const char *text)
{
	assert_int_equal(scratch_write(&root_s, name, text), 0);
	assert_int_equal(chmod(scratch_path(&root_s, 0, name), 0755), 0);
}

/* Calls @run in the system, in a child.  Returns what it has returned; root_o has what it has printed. */
static inline int root_call(int (*run)(void))
{
	int status = -1;
	pid_t pid;

	output_begin(&root_o);
	pid = fork();
	if (pid == 0) {
		int code = chroot(root_s.top) == 0 && chdir("/") == 0 ? run() : 99;

		(void)fflush(NULL);
		_exit(code);
	}
	(void)waitpid(pid, &status, 0);
	output_end(&root_o);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#endif /* NSI_TEST_ROOT_H */
