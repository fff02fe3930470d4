/* SPDX-License-Identifier: MIT */
#include "sets/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/fd.h"
#include "host/host.h"
#include "log/log.h"
#include "priv/child.h"
#include "priv/priv.h"
#include "sets/helper.h"
#include "sets/members.h"
#include "sets/set.h"

/* What the child sends for each set it looked at. */
struct scan_answer {
	uint64_t set;
	uint64_t changes;
	struct set_found found;
};

enum {
	SCAN_KILL_LOOKS = 20,
	SCAN_GLANCE_MAX = 64
};

static const uint64_t retry_us = 1000000;
static const uint64_t look_us = UINT64_C(10) * 1000000;     /* what is seen by then counts */
static const uint64_t patience_us = UINT64_C(30) * 1000000; /* a child that hangs */

static int scan_signal_for(const struct set *set)
{
	if (!set_kills(set))
		return 0;
	if (set->kill_us == 0)
		return SIGTERM;
	return clock_now_us() >= set->kill_us ? SIGKILL : 0;
}

static void scan_fill_target(struct members_target *t, const struct set *s)
{
	*t = (struct members_target){
		.rec = &s->rec, .anchor_pid = s->anchor.pid, .changes = s->changes};
	memcpy(t->users, s->users, sizeof(t->users));
	t->user_count = s->user_count;
	for (unsigned i = 0; i < s->watch.count; i++) {
		t->devs[t->dev_count++] = s->watch.roots[i].dev;
		if (s->watch.roots[i].dev == s->rec.end.sentinel_dev)
			t->sentinel = s->helper->sentinels.path;
	}
}

/*
 * Without handles, a set that has lost its anchor is known by inodes: one that it has in common with a
 * set that has its anchor is that one's by now.
 */
static void scan_forget_reused(const struct helper *h, struct members_target *t)
{
	for (const struct set *s = h->sets; s && !t->anchor_pid; s = s->next)
		for (int kind = 0; kind < NS_KIND_MAX && s->anchor.pidfd >= 0; kind++)
			if (t->pins[kind] < 0 && s->rec.ns.ino[kind] == t->ns.ino[kind])
				t->ns.ino[kind] = 0;
}

/* All that the child knows: in memory of its own, which ends with it. */
struct scan_work {
	struct members_target *targets;
	unsigned count;
	struct members_known known;
};

/* The mount namespaces that are known to be no target's.  @room is for all sets and the host. */
static void scan_collect_known(const struct helper *h, uint64_t *room, struct members_known *ret)
{
	unsigned count = 0;

	room[count++] = h->host.ns.ino[NS_MNT];
	for (const struct set *s = h->sets; s; s = s->next)
		if (s->anchor.pidfd >= 0 && (s->rec.kinds & ns_bit(NS_MNT)) && !set_wants_scan(s))
			room[count++] = s->rec.ns.ino[NS_MNT];
	members_sort(room, count);
	*ret = (struct members_known){room, count};
}

/* Returns 0 or -ENOMEM. */
static int scan_collect(const struct helper *h, struct scan_work *ret)
{
	unsigned sets = 0;
	uint64_t *known;

	for (const struct set *s = h->sets; s; s = s->next)
		sets++;
	ret->targets = calloc(sets + 1, sizeof(*ret->targets));
	known = calloc(sets + 1, sizeof(*known));
	ret->count = 0;
	if (!ret->targets || !known)
		return -ENOMEM;
	scan_collect_known(h, known, &ret->known);
	for (const struct set *s = h->sets; s; s = s->next) {
		if (!set_wants_scan(s))
			continue;
		scan_fill_target(&ret->targets[ret->count], s);
		ret->targets[ret->count].signal = scan_signal_for(s);
		members_pin(&ret->targets[ret->count]);
		scan_forget_reused(h, &ret->targets[ret->count++]);
	}
	return 0;
}

/* In a child inside the PID namespace: signals all but the init and itself.  Never returns. */
static void scan_pidns_child(int sig)
{
	_exit(kill(-1, sig) < 0 && errno == ESRCH);
}

/* Whether anybody is in the PID namespace of @t; who is gets its signal. */
static bool scan_pidns(const struct members_target *t)
{
	NSI_AUTO_FD int own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	NSI_AUTO_FD int pidfd = -EBADF;
	siginfo_t info = {0};
	pid_t pid;

	if (own < 0 || setns(t->pins[NS_PID], CLONE_NEWPID) < 0)
		return true; /* then the walk tells */
	pid = child_fork(0, &pidfd);
	if (pid == 0)
		scan_pidns_child(t->signal);
	if (setns(own, CLONE_NEWPID) < 0) /* or it would find itself by where its children go */
		_exit(1);
	if (pid < 0 || waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0)
		return true;
	return info.si_code != CLD_EXITED || info.si_status == 0;
}

/* Sets that have a PID namespace, and nobody in it, are done with; returns whether others are left. */
static bool scan_pidns_all(struct scan_work *w)
{
	bool walk = false;

	for (unsigned i = 0; i < w->count; i++) {
		struct members_target *t = &w->targets[i];

		if (t->pins[NS_PID] < 0 || !t->anchor_pid) {
			walk = true;
			continue;
		}
		if (scan_pidns(t)) {
			t->members++;
			t->kinds |= ns_bit(NS_PID);
		}
		walk |= t->signal != 0; /* a session's opener is not in its PID namespace */
	}
	return walk;
}

/* A process that keeps forking can outrun one walk over /proc: after SIGKILL, walk again until one finds nobody. */
static bool scan_is_worth_another(const struct scan_work *w)
{
	for (unsigned i = 0; i < w->count; i++)
		if (w->targets[i].signal == SIGKILL && w->targets[i].members > 0)
			return true;
	return false;
}

static bool scan_all(struct scan_work *w)
{
	const uint64_t deadline = clock_now_us() + look_us;
	bool is_partial = false;

	if (!scan_pidns_all(w))
		return false;
	(void)members_look(w->targets, w->count, &w->known, 0, 0, deadline, &is_partial);
	for (int i = 0;
	     i < SCAN_KILL_LOOKS && scan_is_worth_another(w) && clock_now_us() < deadline; i++) {
		for (unsigned t = 0; t < w->count; t++)
			if (w->targets[t].signal == SIGKILL)
				w->targets[t].members = 0;
			else
				w->targets[t].signal = 0; /* once is enough */
		(void)members_look(w->targets, w->count, &w->known, 0, 0, deadline, &is_partial);
	}
	return is_partial;
}

/* The child: never returns. */
static void scan_child(const struct helper *h, int out)
{
	const struct scan_answer last = {0};
	struct nsi_fail f = {""};
	struct scan_work w;
	bool is_partial;

	if (child_isolate(&out, 1) < 0 || priv_become(PRIV_SCANNER, &f) < 0 ||
	    scan_collect(h, &w) < 0)
		_exit(1);
	is_partial = scan_all(&w);
	for (unsigned i = 0; i < w.count; i++) {
		const struct members_target *t = &w.targets[i];
		const struct scan_answer a = {
			.set = t->rec->id,
			.changes = t->changes,
			.found = {.members = t->members,
				  .kinds = t->kinds,
				  .pid = t->member_pid,
				  .is_whole = t->is_whole,
				  .is_partial = is_partial},
		};

		if (fd_write_all(out, &a, sizeof(a)) < 0)
			_exit(1);
	}
	_exit(fd_write_all(out, &last, sizeof(last)) < 0);
}

enum scan_glance scan_glance(const struct set *set)
{
	uint64_t known[] = {set->helper->host.ns.ino[NS_MNT]};
	const struct members_known around = {known, 1};
	struct members_target t;
	bool is_partial = false;

	if ((set->rec.kinds & ns_bit(NS_PID)) || set->first_pid == 0 || set->anchor.pidfd < 0)
		return SCAN_MANY;
	scan_fill_target(&t, set);
	priv_raise();
	members_pin(&t);
	(void)members_look(&t, 1, &around, set->first_pid, SCAN_GLANCE_MAX, UINT64_MAX,
			   &is_partial);
	members_unpin(&t);
	priv_lower();
	if (t.members > 0)
		return SCAN_FOUND;
	return is_partial ? SCAN_MANY : SCAN_NOBODY;
}

/* Hands the answers to their sets; one that is stale is asked for again. */
static void scan_deliver(struct scanner *s)
{
	for (unsigned at = 0; at + sizeof(struct scan_answer) <= s->used;
	     at += sizeof(struct scan_answer)) {
		struct scan_answer a;
		struct set *set;

		memcpy(&a, s->buf + at, sizeof(a));
		set = set_by_id(s->helper, a.set);
		if (!set || !set_wants_scan(set))
			continue;
		if (set->changes == a.changes)
			set_scanned(set, &a.found);
		else
			s->again = true;
	}
}

/* The last answer, which is about no set, says that there are no more. */
static bool scan_is_whole(const struct scanner *s)
{
	struct scan_answer last = {.set = 1};

	if (s->used % sizeof(last) == 0 && s->used > 0)
		memcpy(&last, s->buf + s->used - sizeof(last), sizeof(last));
	return last.set == 0;
}

static void scan_finish(struct scanner *s)
{
	loop_disarm(&s->helper->loop, &s->deadline);
	loop_remove(&s->helper->loop, &s->pipe);
	nsi_closep(&s->pipe.fd);
	child_reap(&s->pidfd); /* its end of the pipe is closed: it is ending */
	if (!scan_is_whole(s)) {
		log_line(LOG_WARNING, "the search for processes was aborted; it is done again");
		loop_arm(&s->helper->loop, &s->next, retry_us);
	}
	scan_deliver(s);
	s->used = 0;
	if (s->again)
		scanner_start(s);
}

static void scan_on_pipe(struct source *src, uint32_t events)
{
	struct scanner *s = loop_owner(src, struct scanner, pipe);
	ssize_t n;

	(void)events;
	if (s->used == s->room) {
		unsigned room = s->room ? s->room * 2 : 4096;
		char *buf = realloc(s->buf, room);

		if (!buf) { /* what there is will do; the others are looked at again */
			s->again = true;
			scan_finish(s);
			return;
		}
		s->buf = buf;
		s->room = room;
	}
	n = read(src->fd, s->buf + s->used, s->room - s->used);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0)
		s->used += (unsigned)n;
	else
		scan_finish(s);
}

/* Stopped, or worse.  Its end closes the pipe, and that is what scan_finish() waits for. */
static void scan_on_deadline(struct timer *t)
{
	struct scanner *s = loop_owner(t, struct scanner, deadline);

	(void)pidfd_send_signal(s->pidfd, SIGKILL, NULL, 0); /* ours, and not reaped yet */
}

static void scan_on_next(struct timer *t)
{
	scanner_start(loop_owner(t, struct scanner, next));
}

void scanner_init(struct scanner *s, struct helper *h)
{
	*s = (struct scanner){
		.helper = h,
		.pidfd = -EBADF,
		.pipe = {.fd = -EBADF, .ready = scan_on_pipe},
		.next = {.fire = scan_on_next},
		.deadline = {.fire = scan_on_deadline},
	};
}

static int scan_begin(struct scanner *s)
{
	int fds[2], r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid = child_fork(0, &s->pidfd);
	if (pid == 0)
		scan_child(s->helper, fds[1]);
	close(fds[1]);
	s->pipe.fd = fds[0];
	r = pid < 0 ? pid : loop_add(&s->helper->loop, &s->pipe, EPOLLIN);
	if (r < 0) {
		nsi_closep(&s->pipe.fd);
		if (pid > 0)
			(void)pidfd_send_signal(s->pidfd, SIGKILL, NULL, 0); /* nobody reads it */
		child_reap(&s->pidfd);
		return r;
	}
	loop_arm(&s->helper->loop, &s->deadline, patience_us);
	return 0;
}

void scanner_start(struct scanner *s)
{
	int r;

	if (s->pidfd >= 0) {
		s->again = true;
		return;
	}
	s->again = false;
	r = scan_begin(s);
	if (r < 0) {
		log_line(LOG_WARNING, "cannot look for processes: %s", strerrordesc_np(-r));
		loop_arm(&s->helper->loop, &s->next, retry_us);
	}
}
