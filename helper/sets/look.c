/* SPDX-License-Identifier: MIT */
#include "sets/look.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/proc.h"
#include "confine/confine.h"
#include "host/host.h"
#include "priv/child.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "sets/disk.h"
#include "sets/members.h"
#include "sets/session.h"
#include "sets/set.h"

enum {
	LOOK_KILLS = 20,
	LOOK_GLANCE_MAX = 64,
};

static const uint64_t look_us = UINT64_C(10) * 1000000; /* members found until then count */
static const uint64_t disk_us = UINT64_C(10) * 1000000; /* after that; see patience_us of scan.c */

static int look_signal_for(const struct set *set)
{
	if (!set_kills(set))
		return 0;
	if (set->rec.end.is_over && set->looks == 0) /* nobody is known to be left */
		return 0;
	if (set->kill_us == 0)
		return SIGTERM;
	return clock_now_us() >= set->kill_us ? SIGKILL : 0;
}

static void look_fill_target(struct members_target *t, const struct set *s)
{
	*t = (struct members_target){
		.rec = &s->rec,
		.anchor_pid = s->anchor.pid,
		.changes = s->changes,
		.statedir = s->sets->host.statedir,
		.wants_disk = s->rec.end.is_over,
	};
	disk_name(s, t->disk);
	for (unsigned i = 0; i < s->watch.count; i++) {
		t->devs[t->dev_count++] = s->watch.roots[i].dev;
		if (s->watch.roots[i].dev == s->rec.end.sentinel_dev)
			t->sentinel = s->sets->sentinels.path;
	}
}

static void look_forget_same(struct members_target *t, const struct ns_inodes *other)
{
	for (int type = 0; type < NS_TYPE_MAX; type++)
		if (t->pins[type] < 0 && other->ino[type] == t->ns.ino[type])
			t->ns.ino[type] = 0;
}

/*
 * Without handles, a set that has lost its anchor is known by inodes, which are given again when their
 * namespaces have ended: to a set that has its anchor, or to the spare anchor.  A mount namespace
 * has ended with the sentinel that was mounted in it; members.c compares its number (Linux 6.11).
 */
static void look_forget_reused(const struct sets *sets, struct members_target *t)
{
	const struct set *s;
	struct ns_inodes spare;

	if (t->anchor_pid)
		return;
	LIST_FOREACH (s, &sets->all, link)
		if (s->anchor.pidfd >= 0)
			look_forget_same(t, &s->rec.ns);
	if (sets->spare.anchor.pidfd >= 0 && proc_namespaces(sets->spare.anchor.pid, &spare) == 0)
		look_forget_same(t, &spare);
	if (t->rec->end.sentinel_dev && !t->sentinel && t->pins[NS_MNT] < 0)
		t->ns.ino[NS_MNT] = 0;
}

/* The mount namespaces that are known to be no target's.  @room is for all sets and the host. */
static void look_collect_known(const struct sets *sets, uint64_t *room, struct members_known *ret)
{
	const struct set *s;
	unsigned count = 0;

	room[count++] = sets->host.ns.ino[NS_MNT];
	LIST_FOREACH (s, &sets->all, link)
		if (s->anchor.pidfd >= 0 && (s->rec.types & ns_bit(NS_MNT)) && !set_wants_scan(s))
			room[count++] = s->rec.ns.ino[NS_MNT];
	members_sort(room, count);
	*ret = (struct members_known){room, count};
}

/* Returns 0 or -ENOMEM. */
static int look_collect(const struct sets *sets, struct look_work *ret)
{
	struct set *s;
	unsigned count = 0;
	uint64_t *known;

	LIST_FOREACH (s, &sets->all, link)
		count++;
	ret->targets = calloc(count + 1, sizeof(*ret->targets));
	known = calloc(count + 1, sizeof(*known));
	ret->sets = calloc(count + 1, sizeof(*ret->sets));
	ret->count = 0;
	if (!ret->targets || !ret->sets || !known)
		return -ENOMEM;
	look_collect_known(sets, known, &ret->known);
	LIST_FOREACH (s, &sets->all, link) {
		if (!set_wants_scan(s))
			continue;
		ret->sets[ret->count] = s;
		look_fill_target(&ret->targets[ret->count], s);
		ret->targets[ret->count].signal = look_signal_for(s);
		members_pin(&ret->targets[ret->count]);
		look_forget_reused(sets, &ret->targets[ret->count++]);
	}
	return 0;
}

/* In a child inside the PID namespace: signals all but the init and itself.  Never returns. */
static void look_pidns_child(int sig)
{
	_exit(kill(-1, sig) < 0 && errno == ESRCH);
}

/* Whether a process is in the PID namespace of @t; signals all that are. */
static bool look_pidns(const struct members_target *t)
{
	NSI_AUTO_FD int own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	NSI_AUTO_FD int pidfd = -EBADF;
	siginfo_t info = {0};
	pid_t pid;

	if (own < 0 || setns(t->pins[NS_PID], CLONE_NEWPID) < 0)
		return true; /* then the walk tells */
	pid = child_fork(0, &pidfd);
	if (pid == 0)
		look_pidns_child(t->signal);
	if (setns(own, CLONE_NEWPID) < 0) /* or it would find itself by where its children go */
		_exit(1);
	if (pid < 0 || waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0)
		return true;
	return info.si_code != CLD_EXITED || info.si_status == 0;
}

/* Sets that have a PID namespace, and nobody in it, are done with; returns whether others are left. */
static bool look_pidns_all(struct look_work *w)
{
	bool walk = false;

	for (unsigned i = 0; i < w->count; i++) {
		struct members_target *t = &w->targets[i];

		if (t->wants_disk && !t->signal)
			continue;
		if (t->pins[NS_PID] < 0 || !t->anchor_pid) {
			walk = true;
			continue;
		}
		if (look_pidns(t)) {
			t->members++;
			t->types |= ns_bit(NS_PID);
		}
		walk |= t->signal != 0; /* a session's opener is not in its PID namespace */
	}
	return walk;
}

/* A process that keeps forking can outrun one walk over /proc: after SIGKILL, walk again until one finds nobody. */
static bool look_is_worth_another(const struct look_work *w)
{
	for (unsigned i = 0; i < w->count; i++)
		if (w->targets[i].signal == SIGKILL && w->targets[i].members > 0)
			return true;
	return false;
}

static bool look_all(struct look_work *w, bool may_freeze)
{
	const uint64_t deadline = clock_now_us() + look_us;
	bool is_partial = false;

	if (!look_pidns_all(w))
		return false;
	(void)members_look(w->targets, w->count, &w->known, 0, 0, deadline, &is_partial);
	for (int i = 0; i < LOOK_KILLS && look_is_worth_another(w) && clock_now_us() < deadline;
	     i++) {
		for (unsigned t = 0; t < w->count; t++)
			if (w->targets[t].signal == SIGKILL)
				w->targets[t].members = 0;
			else
				w->targets[t].signal = 0; /* once is enough */
		(void)members_look(w->targets, w->count, &w->known, 0, 0, deadline, &is_partial);
	}
	if (may_freeze)
		look_frozen(w);
	return is_partial;
}

static bool look_wants_disk(const struct look_work *w)
{
	for (unsigned i = 0; i < w->count; i++)
		if (w->targets[i].wants_disk)
			return true;
	return false;
}

int look_run(const void *arg, const int *fds, int out, struct nsi_fail *f)
{
	const struct sets *sets = arg;
	const struct look_answer last = {0};
	struct look_work w;
	bool is_partial;

	(void)fds;
	if (priv_become(PRIV_SCANNER, f) < 0 || confine_become(CONFINE_SCANNER, f) < 0 ||
	    look_collect(sets, &w) < 0)
		return 1;
	is_partial = look_all(&w, sets->scanner.may_freeze);
	if (w.count > 0 && look_wants_disk(&w))
		disk_look(w.targets, w.count, &w.known, clock_now_us() + disk_us);
	for (unsigned i = 0; i < w.count; i++) {
		const struct members_target *t = &w.targets[i];
		const struct look_answer a = {
			.set = t->rec->id,
			.changes = t->changes,
			.found = {.members = t->members,
				  .types = t->types,
				  .pid = t->member_pid,
				  .is_whole = t->is_whole,
				  .is_partial = t->wants_disk ? t->is_partial : is_partial},
		};

		if (fd_write_all(out, &a, sizeof(a)) < 0)
			return 1;
	}
	return fd_write_all(out, &last, sizeof(last)) < 0;
}

enum look_glance look_glance(const struct set *set)
{
	uint64_t known[] = {set->sets->host.ns.ino[NS_MNT]};
	const struct members_known around = {known, 1};
	int pids[LOOK_GLANCE_MAX], count;
	struct members_target t;
	bool is_partial = false;

	if ((set->rec.types & ns_bit(NS_PID)) || set->first_pid == 0 || set->anchor.pidfd < 0)
		return LOOK_MANY;
	look_fill_target(&t, set);
	count = groups_list(set, pids, LOOK_GLANCE_MAX);
	priv_raise();
	members_pin(&t);
	if (count >= 0)
		members_look_at(&t, 1, &around, pids, (unsigned)count, &is_partial);
	else
		(void)members_look(&t, 1, &around, set->first_pid, LOOK_GLANCE_MAX, UINT64_MAX,
				   &is_partial);
	members_unpin(&t);
	priv_lower();
	if (t.members > 0)
		return LOOK_FOUND;
	return is_partial ? LOOK_MANY : LOOK_NOBODY;
}
