/* SPDX-License-Identifier: MIT */
/* The actions of the table in life.c that other files have, and what they have in common. */
#ifndef NSI_LIFE_H
#define NSI_LIFE_H

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

#endif /* NSI_LIFE_H */
