/* SPDX-License-Identifier: MIT */
#include "priv/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

pid_t child_fork(uint64_t flags, int *ret_pidfd)
{
	int pidfd = -EBADF;
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0)
		return -errno;
	if (pid > 0)
		*ret_pidfd = pidfd;
	return (pid_t)pid;
}

int child_isolate(int *keep, unsigned count)
{
	const int first = STDERR_FILENO + 1;
	struct sigaction sa = {.sa_handler = SIG_IGN};
	sigset_t none;
	int null;

	for (unsigned i = 0; i < count; i++) {
		/* First out of the way of the others, then into its place. */
		keep[i] = fcntl(keep[i], F_DUPFD_CLOEXEC, first + (int)count);
		if (keep[i] < 0)
			return -errno;
	}
	for (unsigned i = 0; i < count; i++) {
		if (dup3(keep[i], first + (int)i, O_CLOEXEC) < 0)
			return -errno;
		keep[i] = first + (int)i;
	}
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
		return -errno;
	if (syscall(SYS_close_range, (unsigned)first + count, ~0u, 0) < 0)
		return -errno;
	/* A dead autofs sends it to whoever walks its mounts.  Fails for a bad signal alone. */
	(void)sigaction(SIGPIPE, &sa, NULL);
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}
