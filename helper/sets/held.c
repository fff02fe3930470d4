/* SPDX-License-Identifier: MIT */
/* The anchor leaves a set, and the set is over, or held. */
#include <inttypes.h>
#include <signal.h>

#include "log/log.h"
#include "sets/end.h"
#include "sets/helper.h"
#include "sets/life.h"
#include "sets/revive.h"
#include "sets/set.h"

static const uint64_t leave_us =
	500000; /* an anchor answers SIGTERM at once, and the kernel within milliseconds */
static const uint64_t ask_us =
	10000; /* namespaces are given up a moment after their last process */

/* The anchor is gone, and something is left: nobody enters it but by what a look finds. */
static void life_hold(struct set *set)
{
	if (set->anchor.pidfd >= 0) { /* it does not answer */
		anchor_stop(&set->anchor, SIGKILL);
		life_after(set, leave_us);
		return;
	}
	life_enter(set, SET_HELD);
	life_look(set);
}

/* Asks the kernel whether the set is over, once the anchor is out of it. */
void life_verify(struct set *set)
{
	if (set->anchor.pidfd >= 0)
		return;
	switch (sentinel_ask(set)) {
	case SENTINEL_OVER:
		life_end(set);
		break;
	case SENTINEL_UNKNOWN: /* an earlier kernel: one complete look is the word */
		if (set->state == SET_LEAVING)
			life_hold(set);
		else
			life_look(set);
		break;
	case SENTINEL_IN_USE:
		if (set->state == SET_LEAVING && set->watch.count == 0 && set->looks++ < 20)
			life_after(set, ask_us);
		else if (set->state == SET_LEAVING && set->watch.count == 0)
			life_hold(set);
		break; /* else the report or the timer comes */
	}
}

/* The time for the kernel's report is over. */
void life_overdue(struct set *set)
{
	if (set->anchor.pidfd < 0 && sentinel_ask(set) == SENTINEL_OVER)
		life_end(set);
	else if (set->anchor.pidfd < 0 && set->watch.count == 0 && set->looks < 20)
		life_verify(set);
	else
		life_hold(set);
}

/* Nobody is known to be left: the anchor goes, and the kernel tells whether that was all. */
void life_leave(struct set *set)
{
	const bool has_hook = end_run_inside(set);

	life_enter(set, SET_LEAVING);
	upkeep_end(set); /* it would hold the mounts that are to end with the anchor */
	life_put_on_record(set);
	life_after(set, leave_us + (has_hook ? (uint64_t)set->rec.on_end.timeout * 1000000 : 0));
	if (set->anchor.pidfd >= 0)
		anchor_stop(&set->anchor, SIGTERM);
	else
		life_verify(set);
}

/* Somebody is in a held set: one in all of its namespaces shows a new anchor the way in. */
void life_take_back(struct set *set)
{
	if (!set->kills && !set->rec.is_ending && set->found.is_whole) {
		life_enter(set, SET_DRAINING);
		revive_beside(set, set->found.pid);
		return;
	}
	if (!set->is_reported) {
		set_log(set, LOG_NOTICE,
			"held set=%" PRIu64
			" uid=%u policy=%s: process %d, or what it has opened, still uses it",
			set->rec.id, set->rec.uid, set->rec.policy, set->found.pid);
		set->is_reported = true;
	}
	end_give_back_early(set);
	set->rec.end.holder = set->found.pid;
	set->rec.end.holder_kinds = set->found.kinds;
	if (set->looks == 0)
		life_put_on_record(set);
	life_later(set);
	helper_set_ready(set);
}

/* Nobody is to be found in a held set: then the kernel's word alone counts, if it has one. */
void life_keep_held(struct set *set)
{
	const enum sentinel_word word = sentinel_ask(set);

	if (word == SENTINEL_OVER || (word == SENTINEL_UNKNOWN && !set->found.is_partial)) {
		life_end(set);
		return;
	}
	if (!set->is_reported) {
		set_log(set, LOG_NOTICE,
			"held set=%" PRIu64
			" uid=%u policy=%s: something that is not to be found below /proc "
			"still uses it: a process that hides, or an open file",
			set->rec.id, set->rec.uid, set->rec.policy);
		set->is_reported = true;
	}
	end_give_back_early(set);
	set->rec.end.holder = 0;
	set->rec.end.holder_kinds = 0;
	if (set->looks == 0)
		life_put_on_record(set);
	life_after(set, life_next_look_us(set));
	helper_set_ready(set);
}

void life_look_held(struct set *set)
{
	if (sentinel_ask(set) == SENTINEL_OVER)
		life_end(set);
	else
		life_look(set);
}
