/* SPDX-License-Identifier: MIT */
#include "hook/hook.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/nstype.h"
#include "base/path.h"
#include "base/text.h"
#include "confine/confine.h"
#include "log/log.h"
#include "priv/child.h"
#include "priv/priv.h"

enum {
	EXIT_PLACE = 125, /* of the child, when it could not so much as start the program */
	EXIT_EXEC = 126,
	ENTRY = 640
};

static void hook_exec(const struct hook *hook)
{
	char env[5][ENTRY];
	const char *const envp[] = {env[0], env[1], env[2], env[3], env[4], NULL};
	const char *const argv[] = {hook->run, NULL};
	int keep = hook->place;

	text_fmt(env[0], ENTRY, "NSISOLATE_EVENT=%s", hook->event);
	text_fmt(env[1], ENTRY, "NSISOLATE_SET=%" PRIu64, hook->set);
	text_fmt(env[2], ENTRY, "NSISOLATE_POLICY=%s", hook->policy);
	text_fmt(env[3], ENTRY, "NSISOLATE_USER=%s", hook->user);
	text_fmt(env[4], ENTRY, "NSISOLATE_UID=%u", hook->uid);
	if (child_isolate(&keep, keep >= 0 ? 1 : 0) < 0 || setpgid(0, 0) < 0)
		_exit(EXIT_PLACE);
	if (keep >= 0) {
		priv_raise();
		if (setns(keep, ns_clone_flags(ns_types_with(NS_HOOK))) < 0)
			_exit(EXIT_PLACE);
		close(keep);
	}
	if (chdir("/") < 0)
		_exit(EXIT_PLACE);
	(void)child_exec(hook->run, argv, envp);
	_exit(EXIT_EXEC);
}

static int hook_judge(const struct hook *hook, const siginfo_t *info, struct nsi_fail *f)
{
	if (info->si_code != CLD_EXITED)
		return fail_set(f, EIO, "the hook %s was killed by signal %d", hook->run,
				info->si_status);
	if (info->si_status == EXIT_PLACE)
		return fail_set(f, EIO, "the hook %s could not be given its place", hook->run);
	if (info->si_status == EXIT_EXEC)
		return fail_set(f, ENOEXEC, "the hook %s could not be executed", hook->run);
	if (info->si_status != 0)
		return fail_set(f, EIO, "the hook %s ended with status %d", hook->run,
				info->si_status);
	return 0;
}

static int hook_wait_for(const struct hook *hook, pid_t pid, int pidfd, struct nsi_fail *f)
{
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
	siginfo_t info = {0};
	int n;

	do
		n = poll(&poll_fd, 1, (int)hook->timeout * 1000);
	while (n < 0 && errno == EINTR);
	if (n <= 0) { /* its group has its pid, which is not reaped and so not reused yet */
		(void)kill(-pid, SIGKILL);
		(void)kill(pid, SIGKILL);
	}
	if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0)
		return fail_errno(f, errno, "cannot wait for the hook %s", hook->run);
	if (n <= 0)
		return fail_set(f, ETIMEDOUT, "the hook %s took longer than its %u s", hook->run,
				hook->timeout);
	return hook_judge(hook, &info, f);
}

/* A failure is logged alone, as the hook runs and is to be waited for. */
static void hook_confine(void)
{
	struct nsi_fail f = {""};

	if (priv_become(PRIV_LOADER, &f) < 0 || confine_become(CONFINE_LAUNCHER, &f) < 0)
		log_line(LOG_WARNING, "%s", f.what);
}

int hook_run(const struct hook *hook, struct nsi_fail *f)
{
	NSI_AUTO_FD int file = path_open_trusted(hook->run, O_PATH, PATH_ROOT_OWNED, f);
	NSI_AUTO_FD int pidfd = -EBADF;
	pid_t pid;

	if (file < 0)
		return file;
	pid = child_fork(0, &pidfd);
	if (pid == 0)
		hook_exec(hook);
	if (pid < 0)
		return fail_errno(f, pid, "cannot run the hook %s", hook->run);
	if (hook->is_launcher)
		hook_confine();
	return hook_wait_for(hook, pid, pidfd, f);
}

int hook_spawn(const struct hook *hook)
{
	NSI_AUTO_FD int pidfd = -EBADF;
	struct nsi_fail f = {""};
	struct hook inside = *hook;
	siginfo_t info;
	pid_t pid = child_fork(0, &pidfd);

	if (pid < 0)
		return pid;
	if (pid > 0) {
		(void)waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED); /* ends at once */
		return 0;
	}
	/* By the time that we end, it is inside: the set can go, its namespaces stay as long as it does. */
	if (hook->place >= 0) {
		inside.place = -EBADF;
		priv_raise();
		if (setns(hook->place, ns_clone_flags(ns_types_with(NS_HOOK))) < 0)
			_exit(1);
	}
	/* Twice, so that nobody has to wait for the one that waits. */
	pid = child_fork(0, &pidfd);
	if (pid != 0)
		_exit(0);
	log_forked();
	inside.is_launcher = true;
	if (hook_run(&inside, &f) < 0)
		log_line(LOG_WARNING, "set %" PRIu64 ": %s", hook->set, f.what);
	_exit(0);
}
