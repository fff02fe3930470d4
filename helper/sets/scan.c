/* SPDX-License-Identifier: MIT */
#include "sets/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/fd.h"
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
	uint32_t members;
	int32_t member_pid;
};

enum {
	KILL_LOOKS = 20
};

static const uint64_t retry_us = 1000000;
static const uint64_t patience_us =
	UINT64_C(60) * 1000000; /* for ten thousand processes, and more */

static int signal_for(const struct set *set)
{
	if (set->state != SET_KILLING)
		return 0;
	if (set->kill_us == 0)
		return SIGTERM;
	return clock_now_us() >= set->kill_us ? SIGKILL : 0;
}

/*
 * The number of a namespace that ended is soon another's.  What a set without an anchor
 * has in common with one that has its anchor, it has lost: its own would still have it.
 */
static void forget_reused(const struct helper *h)
{
	for (struct set *dead = h->sets; dead; dead = dead->next) {
		for (const struct set *s = h->sets; s && dead->anchor.pidfd < 0; s = s->next) {
			for (int kind = 0; kind < NS_KIND_MAX && s->anchor.pidfd >= 0; kind++) {
				if (s->rec.ns.ino[kind] == dead->rec.ns.ino[kind])
					dead->rec.ns.ino[kind] = 0;
			}
		}
	}
}

/* What the child knows of the sets: the lists of scan_around in memory of their own. */
struct knowledge {
	struct scan_target *targets;
	struct scan_anchor *anchors;
	unsigned count, anchor_count;
};

static void take_anchor(struct knowledge *k, const struct anchor *anchor, uint64_t mnt)
{
	k->anchors[k->anchor_count++] = (struct scan_anchor){.mnt = mnt, .pid = anchor->pid};
}

static void take_set(struct knowledge *k, const struct set *s)
{
	struct scan_target *t;

	if (s->anchor.pid)
		take_anchor(k, &s->anchor, s->rec.ns.ino[NS_MNT]);
	if (!set_wants_scan(s))
		return;
	t = &k->targets[k->count++];
	t->rec = &s->rec;
	t->anchor_pid = s->anchor.pid;
	t->changes = s->changes;
	t->signal = signal_for(s);
}

/* It is not freed: the child ends with it.  Returns 0 or -ENOMEM. */
static int collect(const struct helper *h, struct knowledge *ret)
{
	unsigned sets = 0;

	for (const struct set *s = h->sets; s; s = s->next)
		sets++;
	forget_reused(h);
	*ret = (struct knowledge){
		.targets = calloc(sets + 1, sizeof(*ret->targets)),
		.anchors = calloc(sets + 1, sizeof(*ret->anchors)),
	};
	if (!ret->targets || !ret->anchors)
		return -ENOMEM;
	if (h->spare.anchor.pid)
		take_anchor(ret, &h->spare.anchor, 0);
	for (const struct set *s = h->sets; s; s = s->next)
		take_set(ret, s);
	members_sort(ret->anchors, ret->anchor_count);
	return 0;
}

/* Who forks faster than one look sees is caught by looks that follow each other at once. */
static bool is_worth_another(const struct scan_target *targets, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (targets[i].signal == SIGKILL && targets[i].members > 0)
			return true;
	return false;
}

/* Nobody is left only if a second look agrees: a process may hand over to one of a lower pid. */
static int scan_until_sure(struct scan_target *targets, unsigned count,
			   const struct scan_around *around)
{
	bool any_empty = false;
	int r = members_scan(targets, count, around);

	for (int i = 0; r == 0 && i < KILL_LOOKS && is_worth_another(targets, count); i++) {
		for (unsigned t = 0; t < count; t++)
			if (targets[t].signal == SIGKILL)
				targets[t].members = 0;
		r = members_scan(targets, count, around);
	}
	for (unsigned i = 0; i < count; i++) {
		any_empty |= targets[i].members == 0;
		if (targets[i].signal != SIGKILL)
			targets[i].signal = 0; /* once is enough */
	}
	return r < 0 || !any_empty ? r : members_scan(targets, count, around);
}

/* The child: never returns. */
static void scan_child(const struct helper *h, int out)
{
	struct knowledge k;
	struct scan_around around = {
		.host = &h->host.ns,
		.born = h->scanner.born,
		.born_before = h->scanner.born_before,
	};
	const struct scan_answer last = {0};
	struct nsi_fail f = {""};

	if (child_isolate(&out, 1) < 0 || priv_become(PRIV_SCANNER, &f) < 0 || collect(h, &k) < 0)
		_exit(1);
	around.anchors = k.anchors;
	around.anchor_count = k.anchor_count;
	if (scan_until_sure(k.targets, k.count, &around) < 0)
		_exit(1);
	for (unsigned i = 0; i < k.count; i++) {
		const struct scan_target *t = &k.targets[i];
		const struct scan_answer a = {
			.set = t->rec->id,
			.changes = t->is_doubtful ? UINT64_MAX : t->changes,
			.members = t->members,
			.member_pid = t->member_pid,
		};

		if (fd_write_all(out, &a, sizeof(a)) < 0)
			_exit(1);
	}
	_exit(fd_write_all(out, &last, sizeof(last)) < 0);
}

/* Hands the answers to their sets; one that is stale or in doubt is asked for again. */
static void deliver(struct scanner *s)
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
			set_scanned(set, a.members, a.member_pid);
		else
			s->again = true;
	}
}

/* The last answer, which is about no set, says that there are no more. */
static bool is_whole(const struct scanner *s)
{
	struct scan_answer last = {.set = 1};

	if (s->used % sizeof(last) == 0 && s->used > 0)
		memcpy(&last, s->buf + s->used - sizeof(last), sizeof(last));
	return last.set == 0;
}

static void finish(struct scanner *s)
{
	loop_disarm(&s->helper->loop, &s->deadline);
	loop_remove(&s->helper->loop, &s->pipe);
	nsi_closep(&s->pipe.fd);
	child_reap(&s->pidfd); /* its end of the pipe is closed: it is ending */
	if (is_whole(s)) {
		deliver(s);
	} else {
		log_line(LOG_WARNING, "looking for processes broke off; it is done again");
		loop_arm(&s->helper->loop, &s->next, retry_us);
	}
	s->used = 0;
	if (s->again)
		scanner_start(s);
}

static void on_pipe(struct source *src, uint32_t events)
{
	struct scanner *s = loop_owner(src, struct scanner, pipe);
	ssize_t n;

	(void)events;
	if (s->used == s->room) {
		unsigned room = s->room ? s->room * 2 : 4096;
		char *buf = realloc(s->buf, room);

		if (!buf) { /* what there is will do; the others are looked at again */
			s->again = true;
			finish(s);
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
		finish(s);
}

/* Stopped, or worse.  Its end closes the pipe, and that is what finish() waits for. */
static void on_deadline(struct timer *t)
{
	struct scanner *s = loop_owner(t, struct scanner, deadline);

	(void)pidfd_send_signal(s->pidfd, SIGKILL, NULL, 0); /* ours, and not reaped yet */
}

static void on_next(struct timer *t)
{
	scanner_start(loop_owner(t, struct scanner, next));
}

int scanner_init(struct scanner *s, struct helper *h, struct nsi_fail *f)
{
	void *page = mmap(NULL, sizeof(*s->born), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return fail_errno(f, errno, "no memory to share with those who look for processes");
	*s = (struct scanner){
		.born = page,
		.helper = h,
		.pidfd = -EBADF,
		.pipe = {.fd = -EBADF, .ready = on_pipe},
		.next = {.fire = on_next},
		.deadline = {.fire = on_deadline},
	};
	return 0;
}

void scanner_note_birth(struct scanner *s)
{
	atomic_fetch_add(s->born, 1);
}

static int start(struct scanner *s)
{
	int fds[2], r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	s->born_before = atomic_load(s->born);
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
	r = start(s);
	if (r < 0) {
		log_line(LOG_WARNING, "cannot look for processes: %s", strerrordesc_np(-r));
		loop_arm(&s->helper->loop, &s->next, retry_us);
	}
}
