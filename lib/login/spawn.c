/* SPDX-License-Identifier: MIT */
/* The start of a helper from a process that is not ours */
#include "login/client.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "login/args.h"

/*
 * DOC: two steps away from the host
 *
 * The host's process clones a first child that shares its memory and is
 * suspended meanwhile, as vfork(2) and posix_spawn(3) do: no page table is
 * copied, so a host of a hundred megabytes costs no more than a small one, and
 * no lock of another thread is left taken in the child.  The first child is
 * given exit_signal 0: it raises no SIGCHLD, a host that ignores SIGCHLD does
 * not make it vanish, and wait(2) in a handler of the host does not see it
 * (clone(2)).  It clones the second one in the same way, which execs, and exits;
 * the helper then belongs to init.  Nothing is learnt from an exit status: what
 * went wrong stands in the shared memory.
 */

enum {
	STACK_SIZE = 64 * 1024,
	CONNECTION_FD = 3
};

struct spawn {
	int program;
	int connection;
	char *const *argv;
	char *second_stack;
	int err; /* written by a child, read when both are gone */
};

static char *const environment[] = {
	(char *)(uintptr_t) "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	(char *)(uintptr_t) "LANG=C",
	NULL,
};

/* Signal handlers are the host's code: they must not run in the children, nor be inherited. */
static int spawn_reset_signals(void)
{
	struct sigaction sa = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			(void)sigaction(sig, &sa, NULL); /* fails for those of libc alone */
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

/* 0 to 2 on /dev/null, the connection on 3, all else closed by exec. */
static int spawn_arrange_fds(struct spawn *s)
{
	int null;

	s->program = fcntl(s->program, F_DUPFD_CLOEXEC, CONNECTION_FD + 1);
	s->connection = fcntl(s->connection, F_DUPFD_CLOEXEC, CONNECTION_FD + 1);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (s->program < 0 || s->connection < 0 || null < 0)
		return -1;
	null = fcntl(null, F_DUPFD_CLOEXEC, CONNECTION_FD + 1);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
		return -1;
	if (dup2(s->connection, CONNECTION_FD) < 0)
		return -1;
	return (int)syscall(SYS_close_range, CONNECTION_FD + 1, ~0u, CLOSE_RANGE_CLOEXEC);
}

/* Async-signal-safe calls only, from here to exec: the memory is the host's. */
static int spawn_second_child(void *arg)
{
	struct spawn *s = arg;

	if (spawn_reset_signals() == 0 && spawn_arrange_fds(s) == 0 && setsid() >= 0 &&
	    chdir("/") == 0)
		(void)syscall(SYS_execveat, s->program, "", s->argv, environment, AT_EMPTY_PATH);
	s->err = errno;
	_exit(127);
}

static int spawn_first_child(void *arg)
{
	struct spawn *s = arg;

	if (clone(spawn_second_child, s->second_stack + STACK_SIZE, CLONE_VM | CLONE_VFORK, s) < 0)
		s->err = errno;
	_exit(0);
}

static int spawn_run_children(struct spawn *s, struct nsi_fail *f)
{
	sigset_t all, before;
	char *stacks;
	pid_t pid;

	stacks = mmap(NULL, 2 * STACK_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stacks == MAP_FAILED)
		return fail_errno(f, errno, "cannot start the helper: no memory for its stack");
	s->second_stack = stacks + STACK_SIZE;
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before); /* fails for a bad "how" alone */
	pid = clone(spawn_first_child, stacks + STACK_SIZE, CLONE_VM | CLONE_VFORK, s);
	if (pid < 0)
		s->err = errno;
	else
		while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
			;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL); /* as above */
	(void)munmap(stacks, 2 * STACK_SIZE);              /* cannot fail: it is what mmap gave */
	return s->err ? fail_errno(f, s->err, "cannot start the helper") : 0;
}

/* The file is opened once: the descriptor that is checked is the one that is executed. */
static int spawn_open_program(const char *path, struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = fd_above_stdio(open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC));
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_errno(f, errno, "cannot start the helper %s", path);
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return fail_set(f, EPERM,
				"cannot start the helper %s: it must be a file of root that nobody "
				"else may write",
				path);
	return nsi_take_fd(&fd);
}

int spawn_helper(const struct module_args *args, struct nsi_fail *f)
{
	const char *const argv[] = {
		args->helper, "--config",     args->config,   "--rundir", args->rundir,
		"--statedir", args->statedir, "--connection", "3",        NULL,
	};
	NSI_AUTO_FD int program = spawn_open_program(args->helper, f);
	NSI_AUTO_FD int ours = -EBADF;
	NSI_AUTO_FD int theirs = -EBADF;
	struct spawn s;
	int pair[2];
	int r;

	if (program < 0)
		return program;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail_errno(f, errno, "cannot start the helper: no socket for it");
	ours = fd_above_stdio(pair[0]);
	theirs = fd_above_stdio(pair[1]);
	if (ours < 0 || theirs < 0)
		return fail_errno(f, ours < 0 ? ours : theirs, "cannot start the helper");
	s = (struct spawn){
		.program = program,
		.connection = theirs,
		.argv = (char *const *)(uintptr_t)argv,
	};
	r = spawn_run_children(&s, f);
	return r < 0 ? r : nsi_take_fd(&ours);
}
