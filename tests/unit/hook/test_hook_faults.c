/* SPDX-License-Identifier: MIT */
/* Hooks while a system call fails: each has run, in its place, or there is a sentence; and no process is left */
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "base/fail.h"
#include "hook/hook.h"
#include "tests/unit/faults_system.h"

static const char program[] = "#!/bin/sh\n: >/mnt/ran\n";
static const char path[] = "/run/hook";
static const char mark[] = "/mnt/ran";

static struct hook hook = {
	.event = "create",
	.run = path,
	.timeout = 5,
	.set = 7,
	.policy = "p",
	.user = "alice",
	.uid = 1000,
	.place = -EBADF,
};

static bool has_run(const char *where)
{
	return access(where, F_OK) == 0;
}

static void make_hook(void)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

	faults_check(fd >= 0 && write(fd, program, sizeof(program) - 1) > 0 && close(fd) == 0 &&
			     mount("mnt", "/mnt", "tmpfs", 0, NULL) == 0,
		     "no hook: %s", strerror(errno));
}

/* A process with another /mnt. */
static pid_t make_place(void)
{
	int tube[2];
	char byte;
	pid_t pid;

	faults_check(pipe(tube) == 0, "no pipe");
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		faults_check(unshare(CLONE_NEWNS) == 0 &&
				     mount("mnt", "/mnt", "tmpfs", 0, NULL) == 0 &&
				     write(tube[1], "", 1) == 1,
			     "no place");
		for (;;)
			(void)pause();
	}
	faults_check(pid > 0 && read(tube[0], &byte, 1) == 1, "no place");
	(void)close(tube[0]);
	(void)close(tube[1]);
	return pid;
}

/* Counts the processes of this system but init and this one. */
static unsigned count_others(void)
{
	return faults_count_processes() - 2;
}

static void run_it(struct faults *f)
{
	struct nsi_fail fail = {""};
	int r;

	make_hook();
	faults_begin(f);
	r = hook_run(&hook, &fail);
	faults_end(f);
	faults_check(f->shared->failed != -1 || r == 0, "without a fault: %s", fail.what);
	faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
	/* A shell takes a failing read(2) for the end of its script. */
	faults_check(r < 0 || f->shared->failed == SYS_read || has_run(mark),
		     "it has not run, and nothing says so");
	faults_check(f->shared->failed == SYS_waitid || count_others() == 0,
		     "%u processes are left", count_others());
	faults_check_fds(f);
}

static void run_inside(struct faults *f)
{
	const pid_t pid = make_place();
	char inside[64];
	int r;

	make_hook();
	hook.place = (int)pidfd_open(pid, 0);
	faults_begin(f);
	r = hook_spawn(&hook);
	for (int i = 0; i < 1000 && count_others() > 1; i++) /* it ends by itself */
		(void)nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	faults_end(f);
	(void)snprintf(inside, sizeof(inside), "/proc/%d/root%s", pid, mark);
	faults_check(f->shared->failed != -1 || (r == 0 && has_run(inside)), "it has not run");
	faults_check(!has_run(mark), "it has run on the host");
	faults_check(f->shared->failed == SYS_waitid || count_others() == 1,
		     "%u processes are left", count_others());
	(void)close(hook.place);
	f->fds--;
	faults_check_fds(f);
}

static void run(struct faults *f)
{
	faults_with_init(f, run_it);
}

static void spawn(struct faults *f)
{
	faults_with_init(f, run_inside);
}

static void sweep(void (*what)(struct faults *f))
{
	if (geteuid() != 0)
		skip();
	faults_sweep(what, NULL, 29);
}

TEST(test_a_hook_has_run_or_is_refused_with_a_sentence)
{
	sweep(run);
}

TEST(test_a_hook_of_a_set_runs_inside_or_not_at_all)
{
	sweep(spawn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_hook_has_run_or_is_refused_with_a_sentence),
		cmocka_unit_test(test_a_hook_of_a_set_runs_inside_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
