/* SPDX-License-Identifier: MIT */
/* What is ready, and what is due? */
#ifndef NSI_LOOP_H
#define NSI_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * One thread, one epoll(7), a list of timers.  Sources and timers are members of
 * the structures they serve and are never freed by the loop.  It takes one event
 * at a time from the kernel, so a handler may remove and free any source.
 */
struct source {
	int fd; /* not owned */
	void (*ready)(struct source *s, uint32_t events);
};

struct timer {
	uint64_t due_us; /* CLOCK_MONOTONIC; 0: not armed */
	void (*fire)(struct timer *t);
	struct timer *next;
};

struct loop {
	int epoll;
	bool stop;
	struct timer *timers; /* soonest first */
};

/* Returns 0 or -errno. */
int loop_init(struct loop *l);
void loop_done(struct loop *l);

/* Watches s->fd for @events (EPOLLIN ...).  Returns 0 or -errno. */
int loop_add(struct loop *l, struct source *s, uint32_t events);

/* Stops watching; a source that is not watched is left alone.  Call before closing the fd. */
void loop_remove(struct loop *l, struct source *s);

/* Arms @t to fire @after_us from now, anew if it was armed. */
void loop_arm(struct loop *l, struct timer *t, uint64_t after_us);
void loop_disarm(struct loop *l, struct timer *t);

/* Runs until l->stop.  Returns 0 or -errno. */
int loop_run(struct loop *l);

#define loop_owner(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif /* NSI_LOOP_H */
