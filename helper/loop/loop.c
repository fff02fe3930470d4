/* SPDX-License-Identifier: MIT */
#include "loop/loop.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

int loop_init(struct loop *l)
{
	*l = (struct loop){.epoll = epoll_create1(EPOLL_CLOEXEC)};
	TAILQ_INIT(&l->jobs);
	return l->epoll < 0 ? -errno : 0;
}

void loop_done(struct loop *l)
{
	nsi_closep(&l->epoll);
}

int loop_add(struct loop *l, struct source *s, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = s};

	return epoll_ctl(l->epoll, EPOLL_CTL_ADD, s->fd, &ev) < 0 ? -errno : 0;
}

void loop_remove(struct loop *l, struct source *s)
{
	if (s->fd >= 0)
		(void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, s->fd, NULL); /* may not be in it */
}

void loop_disarm(struct loop *l, struct timer *t)
{
	(void)l;
	if (t->due_us)
		LIST_REMOVE(t, link);
	t->due_us = 0;
}

void loop_arm(struct loop *l, struct timer *t, uint64_t after_us)
{
	struct timer *before = NULL;
	struct timer *at;

	loop_disarm(l, t);
	t->due_us = clock_now_us() + after_us;
	LIST_FOREACH (at, &l->timers, link) {
		if (at->due_us > t->due_us)
			break;
		before = at;
	}
	if (before)
		LIST_INSERT_AFTER(before, t, link);
	else
		LIST_INSERT_HEAD(&l->timers, t, link);
}

static void loop_fire_due(struct loop *l)
{
	const uint64_t now = clock_now_us();
	struct timer *t;

	while ((t = LIST_FIRST(&l->timers)) != NULL && t->due_us <= now) {
		loop_disarm(l, t);
		t->fire(t);
		loop_run_jobs(l);
	}
}

void loop_post(struct loop *l, struct loop_job *j)
{
	if (j->is_posted)
		return;
	j->is_posted = true;
	TAILQ_INSERT_TAIL(&l->jobs, j, link);
}

void loop_unpost(struct loop *l, struct loop_job *j)
{
	if (j->is_posted)
		TAILQ_REMOVE(&l->jobs, j, link);
	j->is_posted = false;
}

void loop_run_jobs(struct loop *l)
{
	struct loop_job *j;

	while ((j = TAILQ_FIRST(&l->jobs)) != NULL) {
		loop_unpost(l, j);
		j->run(j);
	}
}

int loop_run(struct loop *l, void (*before_wait)(struct loop *l))
{
	loop_run_jobs(l);
	for (;;) {
		const struct timer *first;
		struct epoll_event ev;
		int n;

		if (!l->stop)
			before_wait(l);
		if (l->stop)
			return 0;
		first = LIST_FIRST(&l->timers);
		n = epoll_wait(l->epoll, &ev, 1, first ? clock_left_ms(first->due_us) : -1);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 1) {
			struct source *s = ev.data.ptr;

			if (l->turn && !s->calls_turn)
				l->turn(l);
			s->ready(s);
			loop_run_jobs(l);
		}
		loop_fire_due(l);
	}
}
