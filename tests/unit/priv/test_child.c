/* SPDX-License-Identifier: MIT */
/* A child of the helper while a system call fails: it has its descriptors and no others, or it does not begin */
#include "priv/child.h"

#include <fcntl.h>

#include "base/cleanup.h"
#include "tests/unit/faults.h"
#include "tests/unit/process.h"

enum {
	KEPT = 3,
	FIRST = 3 /* behind standard error */
};

/* Numbers in the way of each other: the second is where the first is to come. */
static void isolate(struct faults *f)
{
	int pipes[2], keep[KEPT], r;

	faults_check(pipe2(pipes, O_CLOEXEC) == 0, "no pipe");
	keep[0] = fcntl(pipes[0], F_DUPFD_CLOEXEC, FIRST + 1);
	keep[1] = fcntl(pipes[1], F_DUPFD_CLOEXEC, FIRST);
	keep[2] = open("/", O_PATH | O_CLOEXEC);
	faults_begin(f);
	r = child_isolate(keep, KEPT);
	faults_end(f);
	f->fds = faults_count_fds();
	if (r < 0)
		return;
	for (int i = 0; i < KEPT; i++)
		faults_check(keep[i] == FIRST + i, "number %d is %d", i, keep[i]);
	faults_check(fcntl(FIRST + KEPT, F_GETFD) < 0, "others are open");
	faults_check(write(keep[1], "x", 1) == 1 && read(keep[0], pipes, 1) == 1,
		     "they are not the ones that were given");
}

static void isolate_quietly(struct faults *f)
{
	isolate(f);
	_exit(0); /* its standard error output is /dev/null by now, and the descriptors are others */
}

TEST(test_a_child_has_what_it_is_given)
{
	struct faults_shared shared = {.failed = -1};
	struct faults f = {.shared = &shared};
	const pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		isolate_quietly(&f);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

TEST(test_a_child_whose_descriptors_are_not_in_their_places_does_not_begin)
{
	faults_sweep(isolate_quietly, NULL, 1);
}

static void run_program(void *arg)
{
	static const char *const argv[] = {
		"sh", "-c",
		"test \"$A:$PATH:$B\" = '1:/usr/sbin:/usr/bin:/sbin:/bin:' && "
		"[ ! -e /proc/self/fd/9 ]",
		NULL};
	static const char *const env[] = {"A=1", NULL};

	(void)arg;
	(void)setenv("B", "1", 1);
	(void)dup2(0, 9);
	faults_check(child_exec("/nonexistent", argv, env) == -ENOENT, "what is not there runs");
	(void)child_exec("/bin/sh", argv, env);
	_exit(1);
}

TEST(test_a_program_has_its_environment_alone)
{
	faults_apart(run_program, NULL);
}

static void run_while_descriptors_stay(void *arg)
{
	static const char *const argv[] = {"true", NULL};
	static const char *const env[] = {NULL};

	(void)arg;
	faults_refuse(SYS_close_range, EIO);
	faults_check(child_exec("/bin/true", argv, env) == -EIO, "it runs with all of them");
}

TEST(test_a_program_does_not_run_with_descriptors_of_the_helper)
{
	faults_apart(run_while_descriptors_stay, NULL);
}

/* A child that had not ended when it was reaped is reaped with the next one. */
TEST(test_no_child_stays_a_zombie)
{
	int slow = -EBADF, quick = -EBADF;
	pid_t pid = child_fork(0, &slow);
	siginfo_t info = {0};

	if (pid == 0)
		for (;;)
			(void)pause();
	assert_true(pid > 0);
	child_reap(&slow); /* it still runs: it is kept for later */
	assert_int_equal(slow, -EBADF);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0); /* it has ended */
	pid = child_fork(0, &quick);
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	child_reap(&quick);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_child_has_what_it_is_given),
		cmocka_unit_test(
			test_a_child_whose_descriptors_are_not_in_their_places_does_not_begin),
		cmocka_unit_test(test_a_program_has_its_environment_alone),
		cmocka_unit_test(test_a_program_does_not_run_with_descriptors_of_the_helper),
		cmocka_unit_test(test_no_child_stays_a_zombie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
