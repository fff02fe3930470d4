/* SPDX-License-Identifier: MIT */
#include "sets/scan.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "log/log.h"
#include "priv/child.h"
#include "sets/all.h"
#include "sets/look.h"
#include "sets/session.h"
#include "sets/set.h"

static const uint64_t retry_us = 1000000;
static const uint64_t freeze_us =
	UINT64_C(3) * 1000000; /* between two looks that may stop processes of others for a while */
static const uint64_t patience_us = UINT64_C(30) * 1000000; /* a child that hangs */

/* Hands the answers to their sets; one that is stale is asked for again. */
static void scan_deliver(struct scanner *s)
{
	for (unsigned at = 0; at + sizeof(struct look_answer) <= s->used;
	     at += sizeof(struct look_answer)) {
		struct look_answer a;
		struct set *set;

		memcpy(&a, s->buf + at, sizeof(a));
		set = set_by_id(s->sets, a.set);
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
	struct look_answer last = {.set = 1};

	if (s->used % sizeof(last) == 0 && s->used > 0)
		memcpy(&last, s->buf + s->used - sizeof(last), sizeof(last));
	return last.set == 0;
}

static void scan_finish(struct scanner *s)
{
	loop_disarm(&s->sets->loop, &s->deadline);
	loop_remove(&s->sets->loop, &s->pipe);
	nsi_closep(&s->pipe.fd);
	child_reap(&s->pidfd); /* its end of the pipe is closed: it is ending */
	if (!scan_is_whole(s)) {
		log_line(LOG_WARNING, "the search for processes was aborted; it is done again");
		for (const struct set *set = s->sets->first; set; set = set->next)
			if (set_kills(set))
				groups_thaw(set);
		loop_arm(&s->sets->loop, &s->next, retry_us);
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

		if (!buf) { /* the answers so far count; the other sets are looked at again */
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

void scanner_init(struct scanner *s, struct sets *sets)
{
	*s = (struct scanner){
		.sets = sets,
		.pidfd = -EBADF,
		.pipe = {.fd = -EBADF, .ready = scan_on_pipe},
		.next = {.fire = scan_on_next},
		.deadline = {.fire = scan_on_deadline},
	};
}

/* Whether the look that begins may freeze control groups: if it has to kill, and none did so just now. */
static bool scan_take_freeze(struct scanner *s)
{
	const uint64_t now = clock_now_us();

	if (now < s->freeze_us)
		return false;
	for (const struct set *set = s->sets->first; set; set = set->next) {
		if (set_wants_scan(set) && set_kills(set) && set->kill_us && now >= set->kill_us) {
			s->freeze_us = now + freeze_us;
			return true;
		}
	}
	return false;
}

static int scan_begin(struct scanner *s)
{
	int fds[2], r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	s->may_freeze = scan_take_freeze(s);
	pid = child_fork(0, &s->pidfd);
	if (pid == 0)
		look_child(s->sets, fds[1]);
	close(fds[1]);
	s->pipe.fd = fds[0];
	r = pid < 0 ? pid : loop_add(&s->sets->loop, &s->pipe, EPOLLIN);
	if (r < 0) {
		nsi_closep(&s->pipe.fd);
		if (pid > 0)
			(void)pidfd_send_signal(s->pidfd, SIGKILL, NULL, 0); /* nobody reads it */
		child_reap(&s->pidfd);
		return r;
	}
	loop_arm(&s->sets->loop, &s->deadline, patience_us);
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
		loop_arm(&s->sets->loop, &s->next, retry_us);
	}
}
