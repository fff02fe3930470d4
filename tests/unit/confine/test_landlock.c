/* SPDX-License-Identifier: MIT */
/* The files that a process may reach: those below the places that are named, and in the way that is named. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "confine/confine.h"
#include "tests/unit/test.h"

static char top[] = "/tmp/nsi-landlock-XXXXXX";
static int top_fd;

static int set_up(void **state)
{
	(void)state;
	if (syscall(444 /* landlock_create_ruleset */, NULL, 0, 1) < 2)
		return 0; /* the tests see it themselves */
	if (!mkdtemp(top))
		return -1;
	top_fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return top_fd < 0 || mkdirat(top_fd, "in", 0700) < 0 || mkdirat(top_fd, "out", 0700) < 0 ||
	       mkdirat(top_fd, "in/a", 0700) < 0 || mkdirat(top_fd, "in/b", 0700) < 0 ||
	       close(openat(top_fd, "in/a/file", O_CREAT | O_WRONLY, 0600)) < 0 ||
	       close(openat(top_fd, "out/file", O_CREAT | O_WRONLY, 0600)) < 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = {"in/a/file", "in/b/file", "out/file"};
	static const char *const dirs[] = {"in/a", "in/b", "in", "out"};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		(void)unlinkat(top_fd, files[i], 0);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		(void)unlinkat(top_fd, dirs[i], AT_REMOVEDIR);
	return top_fd > 0 && rmdir(top) < 0;
}

/* The errno of @what in a child that may reach "in" alone; 0 if it works. */
static int outcome_of(int (*what)(void), enum landlock_access access)
{
	pid_t pid = fork();
	struct nsi_fail f = {""};
	char path[64];
	int status;

	(void)snprintf(path, sizeof(path), "%s/in", top);
	if (pid == 0) {
		const struct landlock_place places[] = {
			{.path = path, .access = access},
			{.path = "/nowhere", .access = LANDLOCK_TO_READ},
		};

		if (landlock_limit(places, 2, LANDLOCK_MOVES, &f) < 0)
			_exit(255);
		_exit(what() < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int read_in(void)
{
	return openat(top_fd, "in/a/file", O_RDONLY);
}

static int read_out(void)
{
	return openat(top_fd, "out/file", O_RDONLY);
}

static int write_in(void)
{
	return openat(top_fd, "in/a/file", O_WRONLY);
}

static int move_in(void)
{
	return renameat(top_fd, "in/a/file", top_fd, "in/b/file") < 0
		       ? -1
		       : renameat(top_fd, "in/b/file", top_fd, "in/a/file");
}

static int move_out(void)
{
	return renameat(top_fd, "in/a/file", top_fd, "out/other");
}

TEST(test_who_may_read)
{
	if (top_fd <= 0)
		skip(); /* no Landlock, or an early one */
	assert_int_equal(outcome_of(read_in, LANDLOCK_TO_READ), 0);
	assert_int_equal(outcome_of(read_out, LANDLOCK_TO_READ), EACCES);
	assert_int_equal(outcome_of(write_in, LANDLOCK_TO_READ), EACCES);
	assert_int_equal(outcome_of(move_in, LANDLOCK_TO_READ), EACCES);
}

TEST(test_who_may_write)
{
	if (top_fd <= 0)
		skip();
	assert_int_equal(outcome_of(write_in, LANDLOCK_TO_WRITE), 0);
	assert_int_equal(outcome_of(move_in, LANDLOCK_TO_WRITE), 0);
	assert_int_not_equal(outcome_of(move_out, LANDLOCK_TO_WRITE), 0);
	assert_int_equal(outcome_of(read_out, LANDLOCK_TO_WRITE), EACCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_may_read),
		cmocka_unit_test(test_who_may_write),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
