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
	struct timer **at = &l->timers;

	if (t->due_us == 0) /* in no list: nothing to look for among a thousand sets' */
		return;
	while (*at && *at != t)
		at = &(*at)->next;
	if (*at)
		*at = t->next;
	t->next = NULL;
	t->due_us = 0;
}

void loop_arm(struct loop *l, struct timer *t, uint64_t after_us)
{
	struct timer **at = &l->timers;

	loop_disarm(l, t);
	t->due_us = clock_now_us() + after_us;
	while (*at && (*at)->due_us <= t->due_us)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
}

static void loop_fire_due(struct loop *l)
{
	uint64_t now = clock_now_us();

	while (l->timers && l->timers->due_us <= now) {
		struct timer *t = l->timers;

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
	j->next = NULL;
	if (l->jobs)
		l->last_job->next = j;
	else
		l->jobs = j;
	l->last_job = j;
}

void loop_unpost(struct loop *l, struct loop_job *j)
{
	struct loop_job **at = &l->jobs, *before = NULL;

	if (!j->is_posted)
		return;
	for (; *at != j; at = &(*at)->next)
		before = *at;
	*at = j->next;
	if (l->last_job == j)
		l->last_job = before;
	j->is_posted = false;
}

void loop_run_jobs(struct loop *l)
{
	while (l->jobs) {
		struct loop_job *j = l->jobs;

		loop_unpost(l, j);
		j->run(j);
	}
}

int loop_run(struct loop *l, void (*before_wait)(struct loop *l))
{
	loop_run_jobs(l);
	for (;;) {
		struct epoll_event ev;
		int n;

		if (!l->stop)
			before_wait(l);
		if (l->stop)
			return 0;
		n = epoll_wait(l->epoll, &ev, 1, l->timers ? clock_left_ms(l->timers->due_us) : -1);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 1) {
			struct source *s = ev.data.ptr;

			if (l->turn)
				l->turn(l);
			s->ready(s, ev.events);
			loop_run_jobs(l);
		}
		loop_fire_due(l);
	}
}
