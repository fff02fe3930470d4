/* SPDX-License-Identifier: MIT */
#include "priv/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

enum {
	CHILD_ENV = 8 /* entries of an environment, besides PATH */
};

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

int child_exec(const char *path, const char *const argv[], const char *const env[])
{
	const char *all[CHILD_ENV + 2] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};

	for (unsigned i = 0; env[i] && i < CHILD_ENV; i++)
		all[i + 1] = env[i];
	if (syscall(SYS_close_range, STDERR_FILENO + 1u, ~0u, 0) < 0)
		return -errno;
	(void)signal(SIGPIPE, SIG_DFL); /* fails for a bad number alone */
	/* execve(2) takes pointers to what it does not change. */
	(void)execve(path, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)all);
	return -errno;
}

enum {
	UNREAPED_MAX = 64,
	ENDING_MS = 10 /* time for a child that is ending */
};

/* Children that had not ended when they were reaped: none may stay a zombie for ever. */
static int unreaped[UNREAPED_MAX];
static unsigned unreaped_count;

/* Returns whether the process has been reaped, or is not ours to reap. */
static bool child_reap_one(int pidfd)
{
	siginfo_t info = {0};

	return waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) < 0 || info.si_pid != 0;
}

static void child_reap_earlier(void)
{
	for (unsigned i = unreaped_count; i-- > 0;) {
		if (!child_reap_one(unreaped[i]))
			continue;
		close(unreaped[i]);
		unreaped[i] = unreaped[--unreaped_count];
	}
}

void child_reap(int *pidfd)
{
	struct pollfd end = {.fd = *pidfd, .events = POLLIN};

	child_reap_earlier();
	if (*pidfd >= 0)
		(void)poll(&end, 1, ENDING_MS); /* cut short is fine */
	if (*pidfd >= 0 && !child_reap_one(*pidfd) && unreaped_count < UNREAPED_MAX)
		unreaped[unreaped_count++] = nsi_take_fd(pidfd);
	nsi_closep(pidfd);
}
