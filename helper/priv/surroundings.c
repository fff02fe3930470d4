/* SPDX-License-Identifier: MIT */
#include "priv/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/mountinfo.h"
#include "base/text.h"

/* Of linux/ioprio.h and linux/mempolicy.h, which not all of the supported systems have. */
enum {
	IOPRIO_OF_PROCESS = 1, /* IOPRIO_WHO_PROCESS */
	IOPRIO_UNSET = 0,      /* IOPRIO_CLASS_NONE: derived from the nice value */
	MPOL_DEFAULT = 0,
	TIMER_SLACK_NS = 50000, /* the value of process 1 at its start (prctl(2)) */
};

/* Puts this process into the root of one cgroup hierarchy. */
static void surroundings_move_to_root(const char *mount_point)
{
	char path[512], pid[16];
	NSI_AUTO_FD int fd = -EBADF;
	int n;

	text_fmt(path, sizeof(path), "%s/cgroup.procs", mount_point);
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
static void surroundings_leave_cgroups(void)
{
	NSI_CLEANUP(mountinfo_done) struct mountinfo_table table = {0};
	struct mountinfo m;

	if (mountinfo_open(&table, 0) < 0)
		return;
	while (mountinfo_next(&table, &m) > 0)
		if (strcmp(m.type, "cgroup2") == 0 || strcmp(m.type, "cgroup") == 0)
			surroundings_move_to_root(m.point);
}

static bool surroundings_write_proc(const char *path, const char *value)
{
	NSI_AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
}

/*
 * How this process and its children are scheduled, killed for want of memory and served by
 * disks.  Every value is one that an ordinary user can set and that a setuid program keeps.
 */
static void surroundings_reset_scheduling(void)
{
	static unsigned char
		all_cpus[1024]; /* 8192 of them; the kernel ignores what is not there */
	const struct sched_param usual = {0};

	memset(all_cpus, 0xff, sizeof(all_cpus));
	(void)sched_setaffinity(0, sizeof(all_cpus), (const cpu_set_t *)(const void *)all_cpus);
	(void)sched_setscheduler(0, SCHED_OTHER, &usual);
	(void)setpriority(PRIO_PROCESS, 0, 0);
	(void)syscall(SYS_ioprio_set, IOPRIO_OF_PROCESS, 0, IOPRIO_UNSET);
	(void)syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
	(void)personality(PER_LINUX);
	(void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0);
	(void)prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
	(void)prctl(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0, 0, 0);
	/* As nsisolate.service has it; without CAP_SYS_RESOURCE no lower than its own lowest. */
	if (!surroundings_write_proc("/proc/self/oom_score_adj", "-900"))
		(void)surroundings_write_proc("/proc/self/oom_score_adj", "0");
}

/* Each of these may be refused or absent, and none of them is a boundary. */
static void surroundings_leave_login(void)
{
	(void)surroundings_write_proc("/proc/self/loginuid", "4294967295");
	(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0);
	surroundings_leave_cgroups(); /* first: a cpuset bounds the affinity */
	surroundings_reset_scheduling();
}

/* Signals that are ignored in the starter would be ignored in our children, too. */
static void surroundings_reset_signals(void)
{
	const struct sigaction sa = {.sa_handler = SIG_DFL};

	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			(void)sigaction(sig, &sa, NULL); /* fails for those of libc alone */
}

int surroundings_leave(bool on_demand, struct nsi_fail *f)
{
	(void)umask(0);
	surroundings_reset_signals();
	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return fail_errno(f, errno,
				  "cannot become root alone; the helper is started by root");
	if (chdir("/") < 0)
		return fail_errno(f, errno, "cannot go to /");
	if (on_demand)
		surroundings_leave_login();
	return rlimits_reset(f);
}

#define MIB ((rlim_t)1 << 20)

/* Limits that logins depend on: the value that is set, and the least that suffices. */
static const struct needed {
	__rlimit_resource_t resource;
	const char *name;
	rlim_t want, least;
} needed[] = {
	{RLIMIT_AS, "RLIMIT_AS (ulimit -v)", RLIM_INFINITY,
	 1024 * MIB}, /* the loader takes 1 GiB */
	{RLIMIT_CPU, "RLIMIT_CPU (ulimit -t)", RLIM_INFINITY, RLIM_INFINITY}, /* it is resident */
	{RLIMIT_DATA, "RLIMIT_DATA (ulimit -d)", RLIM_INFINITY, 256 * MIB},
	{RLIMIT_FSIZE, "RLIMIT_FSIZE (ulimit -f)", RLIM_INFINITY, 128 * MIB},
	{RLIMIT_NOFILE, "RLIMIT_NOFILE (ulimit -n)", 65536, 256},
	{RLIMIT_NPROC, "RLIMIT_NPROC (ulimit -u)", RLIM_INFINITY, 256},
	{RLIMIT_STACK, "RLIMIT_STACK (ulimit -s)", 8 * MIB, 1 * MIB},
};

/* Limits that the helper does not depend on; programs that it runs (hooks, pasta) inherit them. */
static const __rlimit_resource_t others[] = {
	RLIMIT_CORE, RLIMIT_LOCKS,  RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE,   RLIMIT_NICE,
	RLIMIT_RSS,  RLIMIT_RTPRIO, RLIMIT_RTTIME,  RLIMIT_SIGPENDING,
};

/* As much as can be had, if it is enough. */
static int surroundings_raise_limit(const struct needed *n, struct nsi_fail *f)
{
	struct rlimit limit = {n->want, n->want};

	if (setrlimit(n->resource, &limit) == 0)
		return 0;
	if (getrlimit(n->resource, &limit) < 0)
		return fail_errno(f, errno, "cannot read the limit %s", n->name);
	if (limit.rlim_max < n->least) /* RLIM_INFINITY is the largest value */
		return fail_set(f, EPERM,
				"the process that started the helper has the hard limit %s of "
				"%llu, which is too low and cannot be raised without "
				"CAP_SYS_RESOURCE: log in from a process without it",
				n->name, (unsigned long long)limit.rlim_max);
	limit.rlim_cur = limit.rlim_max < n->want ? limit.rlim_max : n->want;
	(void)setrlimit(n->resource, &limit); /* within the hard limit: cannot fail */
	return 0;
}

int rlimits_reset(struct nsi_fail *f)
{
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		int r = surroundings_raise_limit(&needed[i], f);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct rlimit limit;

		if (prlimit(1, others[i], NULL, &limit) == 0)
			(void)setrlimit(others[i], &limit); /* nothing here depends on it */
	}
	return 0;
}
