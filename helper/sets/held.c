/* SPDX-License-Identifier: MIT */
/* The anchor leaves a set, and the set is over, or held. */
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/text.h"
#include "policy/image.h"
#include "sets/all.h"
#include "sets/disk.h"
#include "sets/life.h"
#include "sets/set.h"

static const uint64_t leave_us =
	500000; /* an anchor answers SIGTERM at once, and the kernel within milliseconds */
static const uint64_t held_ask_us = 1000000;
static const uint64_t jobs_us = 2000000; /* how long the look for a job's set waits for others */
static const uint64_t ask_us =
	10000; /* namespaces are given up a moment after their last process */

/*
 * The anchor is gone, and something still uses the set: it can be entered only beside a process
 * that a look finds.
 */
static void held_begin(struct set *set)
{
	if (set->anchor.pidfd >= 0) { /* it does not answer */
		anchor_stop(&set->anchor, SIGKILL);
		life_after(set, leave_us);
		return;
	}
	life_enter(set, SET_HELD);
	life_look(set);
}

/* Looks at all sets that wait for a look: it costs one process and one walk for all of them. */
static void held_look_together(struct set *set)
{
	struct set *s;

	LIST_FOREACH (s, &set->sets->all, link)
		if (s != set && s->state == SET_HELD && s->rec.end.is_over && s->looks == 0 &&
		    !s->wants_look) {
			loop_disarm(&s->sets->loop, &s->timer);
			s->wants_look = true;
		}
	life_look(set);
}

/*
 * All watched file systems have been reported as gone.  Directories on disk that end with the set
 * are deleted once one complete look has found no process that uses them.
 */
static void held_over(struct set *set)
{
	if (!disk_ends_with(set)) {
		life_end(set);
		return;
	}
	if (!set->rec.end.is_over || set->state != SET_HELD) {
		set->rec.end.is_over = true;
		set->is_reported = false;
		life_enter(set, SET_HELD);
		loop_unpost(&set->sets->loop,
			    &set->note); /* held_wait() writes it: most are not held */
		end_give_back_early(set);
		set_wake(set);                         /* a login gets another set */
		if (set->rec.scope == POL_SCOPE_JOB) { /* many end at a time, and nobody waits */
			set->look_us = clock_now_us() + jobs_us;
			life_after(set, jobs_us);
			return;
		}
	}
	held_look_together(set);
}

/* Without a report, asks the kernel, which costs a few system calls. */
static void held_arm(struct set *set)
{
	const bool is_reported =
		set->rec.end.is_over || (set->watch.count > 0 && !set->watch.is_partial);
	const uint64_t now = clock_now_us();
	uint64_t us = set->look_us > now ? set->look_us - now : 0;

	if (!is_reported && us > held_ask_us)
		us = held_ask_us;
	life_after(set, us);
}

/* Asks the kernel whether the set is over, once the anchor is out of it. */
void life_verify(struct set *set)
{
	if (set->anchor.pidfd >= 0)
		return;
	switch (sentinel_ask(set)) {
	case SENTINEL_OVER:
		held_over(set);
		break;
	case SENTINEL_UNKNOWN: /* an earlier kernel: one complete look decides */
		if (set->state == SET_LEAVING)
			held_begin(set);
		else
			life_look(set);
		break;
	case SENTINEL_IN_USE:
		if (set->state == SET_LEAVING && set->watch.count == 0 && set->looks++ < 20)
			life_after(set, ask_us);
		else if (set->state == SET_LEAVING && set->watch.count == 0)
			held_begin(set);
		else if (set->state == SET_HELD && !set->wants_look)
			held_arm(set); /* reports that were lost: it is asked from now on */
		break;                 /* else the report or the timer comes */
	}
}

/* The time for the kernel's report is over. */
void life_overdue(struct set *set)
{
	if (set->anchor.pidfd < 0 && sentinel_ask(set) == SENTINEL_OVER)
		held_over(set);
	else if (set->anchor.pidfd < 0 && set->watch.count == 0 && set->looks < 20)
		life_verify(set);
	else
		held_begin(set);
}

/*
 * No process is known to be left: the anchor ends, and the kernel tells whether anything still
 * uses the set.
 */
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

/* It is decided that the set is held: in the log once, on record with what is known of the holder. */
static void held_wait(struct set *set, int pid, uint32_t types, const char *by)
{
	struct record_end *end = &set->rec.end;
	const bool is_new = !set->is_reported || end->holder != pid || end->holder_types != types;

	if (!set->is_reported)
		set_log(set, LOG_NOTICE, "held set=%" PRIu64 " uid=%u policy=%s: %s still uses it",
			set->rec.id, set->rec.uid, set->rec.policy, by);
	set->is_reported = true;
	end->holder = pid;
	end->holder_types = types;
	end_give_back_early(set);
	if (is_new)
		life_put_on_record(set);
	if (!set->rec.end.is_over || set->looks > 0)
		life_note_signals(set); /* else none were sent: see look_signal_for() */
	if (!set->rec.end.is_over &&
	    (set->watch.is_partial ||
	     set->watch.count == 0)) /* asked by numbers, which may be the spare's now */
		spare_drop(&set->sets->spare);
	set->look_us = clock_now_us() + life_next_look_us(set);
	held_arm(set);
	set_wake(set); /* a login gets another set */
}

/* A process is in a held set: a new anchor enters beside one that is in all of its namespaces. */
void life_take_back(struct set *set)
{
	char by[64];

	if (!set->rec.end.is_over && !set->kills && !set->rec.is_ending && set->found.is_whole) {
		revive_beside(set, set->found.pid);
		return;
	}
	text_fmt(by, sizeof(by), "process %d, or what it has opened,", set->found.pid);
	held_wait(set, set->found.pid, set->found.types, by);
}

/* No process is found in a held set: the kernel's answer alone decides, if there is one. */
void life_keep_held(struct set *set)
{
	const enum sentinel_word word = sentinel_ask(set);

	if (set->rec.end.is_over && !set->found.is_partial)
		life_end(set);
	else if (set->rec.end.is_over)
		held_wait(set, 0, 0, "a process of its user that cannot be looked at");
	else if (word == SENTINEL_OVER || (word == SENTINEL_UNKNOWN && !set->found.is_partial))
		held_over(set);
	else
		held_wait(set, 0, 0, "a process that hides, or an open file,");
}

void life_look_held(struct set *set)
{
	if (!set->rec.end.is_over && sentinel_ask(set) == SENTINEL_OVER)
		held_over(set);
	else if (clock_now_us() < set->look_us)
		held_arm(set);
	else
		held_look_together(set);
}
