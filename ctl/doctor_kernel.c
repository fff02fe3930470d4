/* SPDX-License-Identifier: MIT */
/* The kernel's features and limits, and what 'limits' and 'quota' need of it, for "doctor" */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/mountinfo.h"
#include "base/nstype.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/doctor.h"
#include "instance/quota.h"

enum {
	FEW_NAMESPACES = 1000, /* fewer than this run out on a busy server */
	MOUNTS_SPARE = 1000
};

static bool kernel_has_openat2(void)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
	long fd = syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof(how));

	if (fd >= 0)
		close((int)fd);
	return fd >= 0;
}

/* A call with senseless arguments is refused, but not with ENOSYS. */
static bool kernel_has_mount_setattr(void)
{
	return mount_setattr(-1, "", 0, NULL, 0) == 0 || errno != ENOSYS;
}

static bool kernel_has_mount_api(void)
{
	int fd = fsopen("tmpfs", FSOPEN_CLOEXEC);
	bool has = fd >= 0 || errno != ENOSYS;

	nsi_closep(&fd);
	return has && (move_mount(-1, "", -1, "", 0) == 0 || errno != ENOSYS);
}

/* Entering the hostname that one has changes nothing, and needs Linux 5.8. */
static bool kernel_has_setns_pidfd(void)
{
	int fd = (int)pidfd_open(getpid(), 0);
	bool has = fd >= 0 && (setns(fd, CLONE_NEWUTS) == 0 || errno == EPERM);

	nsi_closep(&fd);
	return has;
}

static bool kernel_has_close_range(void)
{
	return syscall(SYS_close_range, ~0u, ~0u, 0) == 0;
}

static const struct feature {
	const char *name;
	const char *since;
	bool (*is_there)(void);
} features[] = {
	{"openat2", "5.6", kernel_has_openat2},
	{"the mount API (fsopen, move_mount)", "5.2", kernel_has_mount_api},
	{"mount_setattr", "5.12", kernel_has_mount_setattr},
	{"setns by pidfd", "5.8", kernel_has_setns_pidfd},
	{"close_range", "5.9", kernel_has_close_range},
};

void doctor_kernel(struct doctor *d)
{
	char types[100] = "", path[64], what[160];
	struct utsname u = {.release = "?"};
	unsigned bad = d->counts[SEV_ERROR];
	size_t used = 0;

	(void)uname(&u); /* "?" then */
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		if (features[i].is_there())
			continue;
		text_fmt(what, sizeof(what), "kernel %.40s: it lacks %s, or something forbids it",
			 u.release, features[i].name);
		doctor_find(d, FIND_KERNEL_CALL, what,
			    "Linux %s has it; in a container, look at its seccomp filter",
			    features[i].since);
	}
	for (int type = 0; type < NS_TYPE_MAX && used < sizeof(types); type++) {
		text_fmt(path, sizeof(path), "/proc/self/ns/%s", ns_types[type].proc);
		if (access(path, F_OK) == 0)
			used += (size_t)snprintf(types + used, sizeof(types) - used, "%s%s",
						 used ? " " : "", ns_types[type].word);
		else
			doctor_find(d, FIND_KERNEL_NAMESPACE, path,
				    "this kernel has no %s namespaces; a policy that asks for them "
				    "refuses its logins",
				    ns_types[type].word);
	}
	if (d->counts[SEV_ERROR] == bad)
		doctor_good(d, "kernel", "%s; namespaces: %s", u.release, types);
}

/* A number of /proc/sys, or UINT64_MAX. */
static uint64_t kernel_read_number(const char *path)
{
	char text[32];

	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return UINT64_MAX;
	return strtoull(text, NULL, 10);
}

static unsigned kernel_count_mounts(void)
{
	NSI_CLEANUP(mountinfo_done) struct mountinfo_table table = {0};
	struct mountinfo ignored;
	unsigned count = 0;

	if (mountinfo_open(&table, 0) == 0)
		while (mountinfo_next(&table, &ignored) > 0)
			count++;
	return count;
}

static void kernel_check_mounts(struct doctor *d)
{
	uint64_t max = kernel_read_number("/proc/sys/fs/mount-max");
	unsigned count = kernel_count_mounts();
	char what[160];

	if (max == UINT64_MAX || count + MOUNTS_SPARE <= max)
		return;
	text_fmt(what, sizeof(what),
		 "/proc/sys/fs/mount-max: %" PRIu64
		 ", and the host alone has %u mounts, which each set copies",
		 max, count);
	doctor_find(d, FIND_LIMIT_LOW, what, "sysctl fs.mount-max=%u", (count + MOUNTS_SPARE) * 10);
}

void doctor_limits(struct doctor *d)
{
	unsigned before = d->counts[SEV_ERROR] + d->counts[SEV_WARNING];

	for (int type = 0; type < NS_TYPE_MAX; type++) {
		char path[80], what[200];
		uint64_t max;

		text_fmt(path, sizeof(path), "/proc/sys/user/%s", ns_types[type].sysctl);
		max = kernel_read_number(path);
		if (max >= FEW_NAMESPACES) /* or there is no such file */
			continue;
		text_fmt(what, sizeof(what), "%s: %" PRIu64 " %s namespaces are all there may be",
			 path, max, ns_types[type].word);
		doctor_find(d, max ? FIND_LIMIT_LOW : FIND_LIMIT_NONE, what,
			    "sysctl user.%s=%d (one for each set, and what containers use)",
			    ns_types[type].sysctl, 10000);
	}
	kernel_check_mounts(d);
	if (d->counts[SEV_ERROR] + d->counts[SEV_WARNING] == before)
		doctor_good(d, "limits", "enough namespaces and mounts");
}

/* A limit that no policy uses is not missing: a note, as "check" cannot know better. */
static void kernel_say_held(struct doctor *d, bool can, enum finding finding, const char *subject,
			    const char *text)
{
	char what[320];

	text_fmt(what, sizeof(what), "%s: %s", subject, text);
	if (can)
		doctor_good(d, subject, "%s", text);
	else
		doctor_find(d, finding, what, "nsisolate.conf(5) says what they need");
}

static bool kernel_has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += len)
		if ((at == words || at[-1] == ' ') && strchr(" \n", at[len]))
			return true;
	return false;
}

/* Where version 2 is mounted on every system that we know; the helper looks it up. */
static void kernel_check_limits(struct doctor *d)
{
	static const char *const needed[] = {"pids", "memory", "cpu"};
	char words[512] = "", text[240] = "'limits' of";
	unsigned count = 0;

	if (fd_read_file(AT_FDCWD, "/sys/fs/cgroup/cgroup.controllers", words, sizeof(words)) < 0)
		words[0] = '\0';
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		size_t used = strlen(text);

		if (!kernel_has_word(words, needed[i]))
			continue;
		count++;
		text_fmt(text + used, sizeof(text) - used, " %s", i == 0 ? "tasks" : needed[i]);
	}
	if (count == 0)
		text_fmt(text, sizeof(text),
			 "/sys/fs/cgroup has no controllers of version 2, so a policy with "
			 "'limits' refuses its logins");
	else
		(void)strncat(text,
			      access("/run/systemd/system", F_OK) == 0 ? ", by systemd"
								       : ", by groups of our own",
			      sizeof(text) - strlen(text) - 1);
	kernel_say_held(d, count > 0, FIND_NO_LIMITS, "cgroups", text);
}

static void kernel_check_quota(struct doctor *d)
{
	NSI_AUTO_FD int dir = open(d->ctl->statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (dir < 0)
		return; /* its faults are reported already, or it does not exist yet */
	r = quota_is_enforced(dir);
	kernel_say_held(
		d, r == 0, FIND_NO_QUOTA, "quota",
		r == 0 ? "the statedir's file system holds projects to their quota"
		       : "the statedir's file system holds no project to a quota, so a policy with "
			 "'quota' or 'files' refuses its logins");
}

void doctor_holds(struct doctor *d)
{
	kernel_check_limits(d);
	kernel_check_quota(d);
}
