/* SPDX-License-Identifier: MIT */
/* The sweeper: the deletion of ended instances */
#ifndef NSI_SWEEP_H
#define NSI_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "loop/loop.h"
#include "work/work.h"

struct host;

/*
 * Whether the set with this id lives (kind 's'), or any set of this user ('u') or
 * group ('g').  Asked in the child, of the memory at its start.
 */
struct sweep_owner {
	bool (*is_live)(void *arg, char kind, uint64_t number);
	void *arg;
};

/*
 * A child at idle priority goes through the statedir, so that a logout does not
 * wait for a million files, and finds its work there alone: whatever a crash
 * interrupted, the next sweep does.  It puts what is over into the trash, gives each entry
 * there a turn, fills up the reserve, and ends after a second or so; if there is more to be
 * removed, the next child goes on, and knows which sets have ended meanwhile.
 */
struct sweeper {
	struct loop *loop;
	const struct host *host;
	struct sweep_owner owner;
	bool again; /* asked for while one was running */
	struct work work;
	struct timer daily;
};

void sweeper_init(struct sweeper *s, struct loop *loop, const struct host *host,
		  struct sweep_owner owner);

/* Starts a sweep, or schedules another one after the one that is running. */
void sweeper_start(struct sweeper *s);

/* The same in a moment, behind other sets that are about to end. */
void sweeper_start_soon(struct sweeper *s);

static inline bool sweeper_is_busy(const struct sweeper *s)
{
	return work_is_busy(&s->work);
}

#endif /* NSI_SWEEP_H */
