/* SPDX-License-Identifier: MIT */
/* The life of a set: a table of states and events, which docs/lifecycle.md shows. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>

#include "base/clock.h"
#include "log/log.h"
#include "policy/image.h"
#include "sets/all.h"
#include "sets/life.h"
#include "sets/look.h"
#include "sets/session.h"
#include "sets/set.h"

static const uint64_t look_first_us = 250000, look_last_us = 5000000, kill_look_us = 250000;
static const uint64_t held_last_us = UINT64_C(60) * 1000000, end_us = UINT64_C(5) * 1000000;

/* Moves the set to @state, which is put on record when the handler that is under way has returned. */
void life_enter(struct set *set, enum set_state state)
{
	set_finish_birth(set);
	joinable_withdraw(set); /* a set that is LIVE again is published by the next login */
	set->state = state;
	set->changes++;
	set->looks = 0;
	set->wants_look = false;
	loop_disarm(&set->sets->loop, &set->timer);
	if (set->record_fd >= 0 && state != SET_ENDING)
		loop_post(&set->sets->loop, &set->note);
}

void life_put_on_record(struct set *set)
{
	int r;

	loop_unpost(&set->sets->loop, &set->note);
	if (set->record_fd < 0)
		return;
	set->rec.end.state = set->state;
	set->rec.end.kills = set->kills;
	set->has_new_user = false;
	r = set_write_record(set);
	if (r < 0)
		log_line(LOG_WARNING, "set %" PRIu64 ": cannot write its state on record: %s",
			 set->rec.id, strerrordesc_np(-r));
}

void set_on_note(struct loop_job *j)
{
	struct set *set = loop_owner(j, struct set, note);
	const uint8_t was = set->rec.end.state ? set->rec.end.state : SET_LIVE;

	if (was != set->state || set->rec.end.kills != set->kills || set->has_new_user)
		life_put_on_record(set);
}

void life_look(struct set *set)
{
	set->wants_look = true;
	scanner_start(&set->sets->scanner);
}

void life_after(struct set *set, uint64_t us)
{
	loop_arm(&set->sets->loop, &set->timer, us);
}

/* Looks become rarer, except when a signal is due. */
uint64_t life_next_look_us(struct set *set)
{
	const uint64_t last = set->state == SET_HELD && !set->kills ? held_last_us : look_last_us;
	uint64_t us = look_first_us << (set->looks < 8 ? set->looks : 8);
	const uint64_t now = clock_now_us();

	set->looks++;
	if (set->kills && set->kill_us) {
		if (now >= set->kill_us && set->looks < 40)
			return kill_look_us;
		if (now < set->kill_us && us > set->kill_us - now)
			us = set->kill_us - now;
	}
	return us < last ? us : last;
}

void life_note_signals(struct set *set)
{
	/* All found have been sent SIGTERM; those that outrun each look are not waited for. */
	if (set->kills && set->kill_us == 0)
		set->kill_us = clock_now_us() + (uint64_t)set->rec.kill_grace * 1000000;
}

void life_later(struct set *set)
{
	life_note_signals(set);
	life_after(set, life_next_look_us(set));
}

/* Nothing uses it any more: gives back what it has. */
void life_end(struct set *set)
{
	if (set->state != SET_ENDING) {
		end_put_on_record(set);
		life_enter(set, SET_ENDING);
		upkeep_end(set);
		set_wake(set); /* logins look for another */
	}
	if (network_end(set))
		return;
	if (set->anchor.pidfd >= 0) { /* of a set that could not be built */
		anchor_stop(&set->anchor, SIGTERM);
		life_after(set, end_us);
		return;
	}
	set_gone(set);
}

static void life_stop_anchor(struct set *set)
{
	anchor_stop(&set->anchor, SIGKILL);
}

/* Begins the end, with signals to whoever is inside; logins from now on get another set. */
static void life_kill(struct set *set)
{
	const bool is_held = set->state == SET_HELD || set->state == SET_LEAVING;
	const bool is_empty = set->session_count == 0 && set->imports == 0 && !set->reviving &&
			      !is_held && look_glance(set) == LOOK_NOBODY;

	set->kills = true;
	set->kill_us = 0;
	if (set->state == SET_LEAVING) { /* as far as it gets */
		set->changes++;
		set_wake(set);
		return;
	}
	life_enter(set, is_held ? SET_HELD : SET_KILLING);
	set_wake(set);     /* logins that wait for a new anchor of it look for another set */
	if (set->reviving) /* when that has come to its end */
		return;
	if (is_empty)
		life_leave(set);
	else
		life_look(set);
}

/* The last session and the linger are over: looks whether a process is left inside. */
static void life_drain(struct set *set)
{
	if (set->rec.on_last_close == POL_LAST_KILL) {
		life_kill(set); /* who closed the last session has left it: see close_session() */
		return;
	}
	if (look_glance(set) == LOOK_NOBODY) {
		life_leave(set);
		return;
	}
	life_enter(set, SET_DRAINING);
	life_look(set);
}

static bool life_is_used(const struct set *set)
{
	return set->session_count > 0 || set->imports > 0 || job_is_running(set);
}

static void life_settle(struct set *set)
{
	set->changes++;
	if (set->reviving) /* that ends with a call of this */
		return;
	if (set->session_count == 0)
		joinable_settle(set);
	if (life_is_used(set)) {
		if (set->state != SET_LIVE)
			life_enter(set, SET_LIVE);
	} else if (set->state == SET_LIVE && set->rec.linger > 0) {
		life_enter(set, SET_LINGERING);
		life_after(set, (uint64_t)set->rec.linger * 1000000);
	} else if (set->state == SET_LIVE) {
		life_drain(set);
	}
}

/* A set that was lost is killed with its last session, if so configured. */
static void life_settle_lost(struct set *set)
{
	set->changes++;
	if (!life_is_used(set) && set->rec.on_last_close == POL_LAST_KILL)
		life_kill(set);
}

static void life_end_job(struct set *set)
{
	if (job_has_dead_sessions_only(set))
		return;
	if (set->rec.on_last_close == POL_LAST_KILL)
		life_kill(set);
	else
		life_settle(set);
}

static void life_revive(struct set *set)
{
	revive_begin(set);
}

static void life_gone(struct set *set)
{
	set_gone(set);
}

static void life_time_out(struct set *set)
{
	set_build_timeout(set);
}

#define LIFE(action)                   \
	{                              \
#action, life_##action \
	}

static const struct life_row {
	const char *name;
	void (*run)(struct set *set);
} life_table[SET_STATE_MAX][SET_EVENT_MAX] = {
	[SET_BUILDING] = {[SET_TIMER] = LIFE(time_out)},
	[SET_LIVE] = {[SET_SESSIONS] = LIFE(settle),
		      [SET_ANCHOR_GONE] = LIFE(revive),
		      [SET_CLOSE] = LIFE(kill),
		      [SET_JOB_OVER] = LIFE(end_job)},
	[SET_LINGERING] = {[SET_SESSIONS] = LIFE(settle),
			   [SET_TIMER] = LIFE(drain),
			   [SET_ANCHOR_GONE] = LIFE(revive),
			   [SET_CLOSE] = LIFE(kill)},
	[SET_DRAINING] = {[SET_SESSIONS] = LIFE(settle),
			  [SET_TIMER] = LIFE(look),
			  [SET_EMPTY] = LIFE(leave),
			  [SET_FOUND] = LIFE(later),
			  [SET_ANCHOR_GONE] = LIFE(revive),
			  [SET_CLOSE] = LIFE(kill)},
	[SET_KILLING] = {[SET_TIMER] = LIFE(look),
			 [SET_EMPTY] = LIFE(leave),
			 [SET_FOUND] = LIFE(later),
			 [SET_ANCHOR_GONE] = LIFE(look)},
	[SET_LOST] = {[SET_SESSIONS] = LIFE(settle_lost),
		      [SET_TIMER] = LIFE(look),
		      [SET_EMPTY] = LIFE(leave),
		      [SET_FOUND] = LIFE(later),
		      [SET_RELEASED] = LIFE(verify),
		      [SET_CLOSE] = LIFE(kill),
		      [SET_JOB_OVER] = LIFE(settle_lost)},
	[SET_LEAVING] = {[SET_TIMER] = LIFE(overdue),
			 [SET_ANCHOR_GONE] = LIFE(verify),
			 [SET_RELEASED] = LIFE(verify),
			 [SET_CLOSE] = LIFE(kill)},
	[SET_HELD] = {[SET_TIMER] = LIFE(look_held),
		      [SET_EMPTY] = LIFE(keep_held),
		      [SET_FOUND] = LIFE(take_back),
		      [SET_RELEASED] = LIFE(verify),
		      [SET_CLOSE] = LIFE(kill)},
	[SET_ENDING] = {[SET_TIMER] = LIFE(stop_anchor),
			[SET_ANCHOR_GONE] = LIFE(gone),
			[SET_NETWORK_GONE] = LIFE(end)},
};

const char *set_step_name(enum set_state state, enum set_event event)
{
	return life_table[state][event].name ? life_table[state][event].name : "-";
}

void set_step(struct set *set, enum set_event event)
{
	if (life_table[set->state][event].run)
		life_table[set->state][event].run(set);
}

void set_scanned(struct set *set, const struct set_found *found)
{
	set->wants_look = false;
	set->found = *found;
	if (set->reviving)
		revive_from(set, found);
	else
		set_step(set, found->members ? SET_FOUND : SET_EMPTY);
}

void set_on_timer(struct timer *t)
{
	struct set *set = loop_owner(t, struct set, timer);

	if (set->reviving)
		revive_on_timer(set);
	else
		set_step(set, SET_TIMER);
}

void set_on_anchor_end(struct source *src)
{
	struct set *set = loop_owner(src, struct set, process);

	loop_remove(&set->sets->loop, src);
	src->fd = -EBADF;
	upkeep_end(set);
	anchor_done(&set->anchor);
	if (set->state != SET_ENDING && set->state != SET_LEAVING)
		set_log(set, LOG_WARNING,
			"the anchor of set %" PRIu64 " (uid %u) is gone before its time",
			set->rec.id, set->rec.uid);
	set_step(set, SET_ANCHOR_GONE);
}

void set_lose(struct set *set)
{
	if (set->state == SET_KILLING || set->state == SET_ENDING)
		return;
	life_enter(set, set->session_count ? SET_LOST : SET_HELD);
	set->looks = 1; /* it is decided: nobody enters it */
	set_wake(set);
	set->look_us = 0;
	if (set->state == SET_HELD)
		life_after(set, look_first_us << (set->holds < 8 ? set->holds++ : 8));
	else
		life_look(set);
}

void set_abandon(struct set *set)
{
	life_leave(set);
}

/* Behind the logins that have waited for the new anchor. */
static void life_on_resumed(struct loop_job *job)
{
	struct set *set = loop_owner(job, struct set, behind);

	if (!set->kills)
		set_step(set, SET_SESSIONS);
	if (set->state == SET_DRAINING || set->kills) /* nobody came back to it meanwhile */
		life_look(set);
}

void set_resume(struct set *set)
{
	sentinel_watch(set);
	set->is_reported = false;
	if (set->state == SET_HELD && !set->kills)
		life_enter(set, SET_DRAINING);
	if (!set->kills) {
		if (set->state == SET_LINGERING) /* its timer was put to another use: anew */
			set->state = SET_LIVE;
		set_wake(set);
	}
	set_go_on_behind(set, life_on_resumed);
}

void set_take_on(struct set *set, bool has_anchor)
{
	const uint8_t was = set->rec.end.state;

	sentinel_watch(set);
	job_watch(set);
	if (set->kills) { /* the scanner of the helper before may have been killed, too */
		groups_resolve(set);
		groups_thaw(set);
	}
	if (set->rec.is_ending ||
	    (set->session_count == 0 && (was == SET_LEAVING || was == SET_HELD)))
		life_leave(set);
	else if (set->kills)
		life_kill(set);
	else if (has_anchor && set->job.is_over)
		life_end_job(set);
	else if (has_anchor)
		life_settle(set);
	else
		revive_begin(set);
}
