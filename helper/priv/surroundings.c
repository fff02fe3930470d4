/* SPDX-License-Identifier: MIT */
#include "priv/surroundings.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"

/* As much as may be had; what was had before, if nothing more. */
static void raise_limit(__rlimit_resource_t resource, rlim_t want)
{
	struct rlimit limit = {want, want};

	if (setrlimit(resource, &limit) == 0 || getrlimit(resource, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(resource, &limit); /* lowering the distance to the hard limit cannot fail */
}

/* Puts this process into the root of one cgroup hierarchy. */
static void move_to_root(const char *mount_point)
{
	char path[512], pid[16];
	NSI_AUTO_FD int fd = -EBADF;
	int n;

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", mount_point);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	n = snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (fd >= 0)
		(void)!write(fd, pid,
			     (size_t)n); /* then the login's cgroup it is: said in the manual */
}

/*
 * All mounted hierarchies: v2 has one, v1 several.  A helper that stayed in the
 * first session's scope would be killed with it, and everybody's sets with that.
 */
static void leave_cgroups(void)
{
	NSI_AUTO_FILE FILE *mounts = fopen("/proc/self/mounts", "re");
	NSI_AUTO_FREE char *line = NULL;
	size_t room = 0;

	while (mounts && getline(&line, &room, mounts) > 0) {
		char point[256], type[32];

		if (sscanf(line, "%*s %255s %31s", point, type) == 2 &&
		    (strcmp(type, "cgroup2") == 0 || strcmp(type, "cgroup") == 0))
			move_to_root(point);
	}
}

static void leave_login(void)
{
	const struct sched_param usual = {0};
	NSI_AUTO_FD int fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);

	/* Each of these may be refused or absent, and none of them is a boundary. */
	if (fd >= 0)
		(void)!write(fd, "4294967295", 10);
	(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0);
	(void)sched_setscheduler(0, SCHED_OTHER, &usual);
	(void)setpriority(PRIO_PROCESS, 0, 0);
	leave_cgroups();
}

/* What whoever started us ignores, our children would: they do not look again. */
static void reset_signals(void)
{
	const struct sigaction sa = {.sa_handler = SIG_DFL};

	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			(void)sigaction(sig, &sa, NULL); /* fails for those of libc alone */
}

int surroundings_leave(bool on_demand, struct nsi_fail *f)
{
	(void)umask(0);
	reset_signals();
	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return fail_errno(f, errno,
				  "cannot become root alone; the helper is started by root");
	if (chdir("/") < 0)
		return fail_errno(f, errno, "cannot go to /");
	raise_limit(RLIMIT_NOFILE, 65536);
	raise_limit(RLIMIT_FSIZE, RLIM_INFINITY);
	raise_limit(RLIMIT_AS, RLIM_INFINITY);
	raise_limit(RLIMIT_DATA, RLIM_INFINITY);
	raise_limit(RLIMIT_STACK, 8 << 20);
	raise_limit(RLIMIT_CPU, RLIM_INFINITY);
	raise_limit(RLIMIT_NPROC, RLIM_INFINITY);
	if (on_demand)
		leave_login();
	return 0;
}
