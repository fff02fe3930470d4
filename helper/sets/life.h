/* SPDX-License-Identifier: MIT */
/* The actions of the table in life.c that other files have, and what they have in common. */
#ifndef NSI_LIFE_H
#define NSI_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "sets/set.h"

/* Moves a set to @state, with nothing that it waits for; put on record when the handler is done. */
void life_enter(struct set *set, enum set_state state);

/* Puts the state on record now. */
void life_put_on_record(struct set *set);

/* Has the scanner look at the set: SET_EMPTY or SET_FOUND follows. */
void life_look(struct set *set);

/* Microseconds until the next look: more each time, but in time for a signal that is due. */
uint64_t life_next_look_us(struct set *set);

/* A look that found somebody has sent SIGTERM, if any: the grace begins. */
void life_note_signals(struct set *set);

/* SET_TIMER follows in @us microseconds; or when the next look is due. */
void life_after(struct set *set, uint64_t us);
void life_later(struct set *set);

/* Actions: see docs/lifecycle.md.  Each may free the set. */
void life_leave(struct set *set);
void life_verify(struct set *set);
void life_overdue(struct set *set);
void life_take_back(struct set *set);
void life_keep_held(struct set *set);
void life_look_held(struct set *set);
void life_end(struct set *set);

/*
 * Where systemd runs, the group that a set's memory is charged to ends with the user's last process.  Has a child see
 * to it that it lasts as long as the anchor of @set, if the set has limits of memory and outlasts its sessions by
 * linger; see cgroup/slice.c.  A failure is logged, and keeps nobody out.  Does nothing if it is done.
 */
void charge_keep(struct set *set);

/*
 * Writes on record that nobody may enter the set any more, if there is something of it whose end is
 * more than that of its anchor.
 */
void end_put_on_record(struct set *set);

/* Starts the hook "on_end" in the set, if it has one that runs inside.  Returns whether it has. */
bool end_run_inside(struct set *set);

/* Gives back what nobody can use any more, of a set that something else of is in use. */
void end_give_back_early(struct set *set);

/*
 * Looks for a process that is still in the set, a session's own first, and has a
 * new anchor move in beside it.  Meanwhile set->reviving is true and logins wait.
 * A failure is retried a few times; then the set is lost.
 * A set with a PID namespace has died with its anchor: the kernel ends all of it.
 */
void revive_begin(struct set *set);

/* The same for a set of which a process in all of its namespaces is known. */
void revive_beside(struct set *set, int pid);

/* Goes on with what the scanner found. */
void revive_from(struct set *set, const struct set_found *found);

/* The set's timer, while set->reviving: another try is due, or a new anchor does not answer. */
void revive_on_timer(struct set *set);

/* Below here: for the tests. */

/* Whether @set has memory that outlasts its sessions and is to stay charged. */
bool charge_is_wanted(const struct set *set);

#endif /* NSI_LIFE_H */
