/* SPDX-License-Identifier: MIT */
/* The event loop: sources and timers */
#ifndef NSI_LOOP_H
#define NSI_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

/*
 * One thread, one epoll(7), a list of timers.  Sources and timers are members of
 * the structures they serve and are never freed by the loop.  It takes one event
 * at a time from the kernel, so a handler may remove and free any source.
 */
struct source {
	int fd;          /* not owned */
	bool calls_turn; /* its handler calls loop.turn, as far as that is to be */
	void (*ready)(struct source *s);
};

struct timer {
	uint64_t due_us; /* CLOCK_MONOTONIC; 0: not armed */
	void (*fire)(struct timer *t);
	LIST_ENTRY(timer) link;
};

/* A job that runs once, with no handler on the stack. */
struct loop_job {
	void (*run)(struct loop_job *j);
	bool is_posted;
	TAILQ_ENTRY(loop_job) link;
};

struct loop {
	int epoll;
	bool stop;
	void (*turn)(struct loop *l); /* called before each handler of a source; or NULL */
	LIST_HEAD(, timer) timers;    /* soonest first */
	TAILQ_HEAD(, loop_job) jobs;  /* in the order that they were posted in */
};

/* Returns 0 or -errno. */
int loop_init(struct loop *l);
void loop_done(struct loop *l);

/* Watches s->fd for @events (EPOLLIN ...).  Returns 0 or -errno. */
int loop_add(struct loop *l, struct source *s, uint32_t events);

/* Stops watching; a source that is not watched is ignored.  Call it before closing the fd. */
void loop_remove(struct loop *l, struct source *s);

/* Arms @t to fire @after_us microseconds from now; an armed timer is moved. */
void loop_arm(struct loop *l, struct timer *t, uint64_t after_us);
void loop_disarm(struct loop *l, struct timer *t);

/* Runs @j after the current handler and before any other; once, however often it is posted. */
void loop_post(struct loop *l, struct loop_job *j);

/* Cancels a posted job; a job that is not posted is ignored. */
void loop_unpost(struct loop *l, struct loop_job *j);

/* Runs the posted jobs, and those that they post. */
void loop_run_jobs(struct loop *l);

/*
 * Runs until l->stop.  Calls @before_wait whenever all that has happened is handled, before it waits for more; that may
 * set l->stop.  Returns 0 or -errno.
 */
int loop_run(struct loop *l, void (*before_wait)(struct loop *l));

#define loop_owner(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif /* NSI_LOOP_H */
