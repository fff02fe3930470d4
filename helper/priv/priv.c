/* SPDX-License-Identifier: MIT */
#include "priv/priv.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/proc.h"

/* One capability a line, with what needs it. */
/* clang-format off */
static const cap_value_t helper_caps[] = {
	CAP_SYS_ADMIN,    /* unshare, mount, setns, sethostname */
	CAP_SYS_CHROOT,   /* setns(2) into a mount namespace */
	CAP_SYS_PTRACE,   /* /proc/PID/ns of other processes */
	CAP_SYS_TIME,     /* offsets of a time namespace */
	CAP_SETUID,       /* becoming the user of user = "delegate", and maps of user namespaces */
	CAP_SETGID,       /* the same for groups */
	CAP_KILL,         /* on_last_close = "kill" */
	CAP_CHOWN,        /* instances and imported files */
	CAP_FOWNER,       /* modes of and renames in sticky directories */
	CAP_DAC_OVERRIDE, /* directories and files of users */
	CAP_SETFCAP,      /* a map that has 0 in it (Linux 5.12) */
	CAP_NET_ADMIN,    /* interfaces, addresses, routes and rules of sets */
};
/* clang-format on */

static const cap_value_t scanner_caps[] = {CAP_SYS_PTRACE, CAP_KILL, CAP_SYS_ADMIN,
					   CAP_DAC_OVERRIDE};
static const cap_value_t visitor_caps[] = {
	CAP_SYS_ADMIN,    /* setns, unshare, mount */
	CAP_SYS_CHROOT,   /* setns(2) into a mount namespace */
	CAP_SYS_PTRACE,   /* setns(2) by the pidfd of an anchor */
	CAP_DAC_OVERRIDE, /* directories of users above what is bound or kept */
	CAP_CHOWN,        /* a new overlay works with what its maker has: owners of copied files */
	CAP_FOWNER,       /* the same for their modes and times */
};
static const cap_value_t importer_caps[] = {
	CAP_SYS_ADMIN,    /* setns */
	CAP_SYS_CHROOT,   /* setns(2) into a mount namespace */
	CAP_SYS_PTRACE,   /* setns(2) by the pidfd of an anchor */
	CAP_CHOWN,        /* the copy becomes the user's */
	CAP_FOWNER,       /* its mode, and removing the original */
	CAP_DAC_OVERRIDE, /* files of users */
};
static const cap_value_t sweeper_caps[] = {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER};

static const cap_value_t rules_caps[] = {CAP_NET_ADMIN};

static const cap_value_t sweeper_later[] = {
	CAP_SYS_ADMIN}; /* for quotactl_fd(2): instance/quota.c */

static const struct stage {
	const cap_value_t *caps;
	int count;
	const cap_value_t *later; /* permitted, and not effective */
	int later_count;
} stages[] = {
	[PRIV_LOADER] = {NULL, 0, NULL, 0},
	[PRIV_SCANNER] = {scanner_caps, 4, NULL, 0},
	[PRIV_SWEEPER] = {sweeper_caps, 3, sweeper_later, 1},
	[PRIV_ANCHOR] = {NULL, 0, NULL, 0},
	[PRIV_VISITOR] = {visitor_caps, 6, NULL, 0},
	[PRIV_IMPORTER] = {importer_caps, 6, NULL, 0},
	[PRIV_RULES] = {rules_caps, 1, NULL, 0},
};

/* Built once: raising is on the way of every login, and should cost one capset(2). */
static cap_t raised, lowered;

static void priv_cap_freep(cap_t *c)
{
	if (*c)
		(void)cap_free(*c);
}

static int priv_keep(cap_t to, cap_t from, cap_flag_t flag, const cap_value_t *caps, int count)
{
	for (int i = 0; i < count; i++) {
		cap_flag_value_t has = CAP_CLEAR;

		if (cap_get_flag(from, caps[i], CAP_PERMITTED, &has) < 0)
			return -errno;
		if (has == CAP_SET && cap_set_flag(to, flag, 1, &caps[i], CAP_SET) < 0)
			return -errno;
	}
	return 0;
}

/* Makes a set with those of @caps that are permitted @now; effective, too, if @effective, and inheritable never. */
static int priv_make(cap_t *ret, cap_t now, const cap_value_t *caps, int count, bool effective)
{
	NSI_CLEANUP(priv_cap_freep) cap_t made = cap_init();
	int r;

	if (!made)
		return -errno;
	r = priv_keep(made, now, CAP_PERMITTED, caps, count);
	if (r < 0)
		return r;
	r = effective ? priv_keep(made, now, CAP_EFFECTIVE, caps, count) : 0;
	if (r < 0)
		return r;
	*ret = made;
	made = NULL;
	return 0;
}

static int priv_clear_bounding(void)
{
	for (cap_value_t c = 0; c < cap_max_bits(); c++) {
		const int has = cap_get_bound(c);

		if (has < 0 || (has > 0 && cap_drop_bound(c) < 0))
			return -errno;
	}
	return cap_reset_ambient() < 0 ? -errno : 0;
}

int priv_init(struct nsi_fail *f)
{
	const int count = sizeof(helper_caps) / sizeof(helper_caps[0]);
	NSI_CLEANUP(priv_cap_freep) cap_t now = NULL;
	int r = priv_clear_bounding();

	if (r < 0)
		return fail_errno(f, r, "cannot clear the bounding set of capabilities");
	now = cap_get_proc();
	if (!now)
		return fail_errno(f, errno, "cannot read the capabilities of the helper");
	r = priv_make(&raised, now, helper_caps, count, true);
	if (r < 0)
		return fail_errno(f, r, "cannot choose the capabilities that the helper keeps");
	r = priv_make(&lowered, now, helper_caps, count, false);
	if (r < 0)
		return fail_errno(f, r, "cannot choose the capabilities that the helper keeps");
	if (cap_set_proc(lowered) < 0)
		return fail_errno(f, errno, "cannot reduce capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail_errno(f, errno, "cannot set no_new_privs");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fail_errno(f, errno, "cannot keep others from tracing the helper");
	return 0;
}

void priv_raise(void)
{
	if (raised)
		(void)cap_set_proc(raised); /* the call that needs it will fail and say so */
}

void priv_lower(void)
{
	if (lowered)
		(void)cap_set_proc(lowered); /* less than is permitted: cannot fail */
}

int priv_start_time(int pid, uint64_t *ret)
{
	int r;

	priv_raise();
	r = proc_start_time(pid, ret);
	priv_lower();
	return r;
}

/* Who enters a user namespace has all of its capabilities, in every set (user_namespaces(7)). */
static int priv_drop_of_user_namespace(enum priv_stage stage)
{
	return stage == PRIV_ANCHOR && cap_get_bound(CAP_SYS_ADMIN) != 0 ? priv_clear_bounding()
									 : 0;
}

int priv_become(enum priv_stage stage, struct nsi_fail *f)
{
	NSI_CLEANUP(priv_cap_freep) cap_t want = NULL;
	NSI_CLEANUP(priv_cap_freep) cap_t got = NULL;
	const struct stage *s = &stages[stage];
	NSI_CLEANUP(priv_cap_freep) cap_t now = NULL;
	int r = priv_drop_of_user_namespace(stage);

	if (r < 0)
		return fail_errno(f, r, "cannot reduce capabilities of a user namespace");
	now = cap_get_proc();
	if (!now)
		return fail_errno(f, errno, "cannot read the capabilities of this process");
	r = priv_make(&want, now, s->caps, s->count, true);
	if (r < 0)
		return fail_errno(f, r, "cannot make a set of capabilities");
	r = priv_keep(want, now, CAP_PERMITTED, s->later, s->later_count);
	if (r < 0)
		return fail_errno(f, r, "cannot add to a set of capabilities");
	if (cap_set_proc(want) < 0)
		return fail_errno(f, errno, "cannot reduce capabilities");
	got = cap_get_proc();
	if (!got || cap_compare(got, want) != 0)
		return fail_set(f, EPERM, "the kernel did not set the requested capabilities");
	return 0;
}
