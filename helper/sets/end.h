/* SPDX-License-Identifier: MIT */
/* The release of a set's resources */
#ifndef NSI_END_H
#define NSI_END_H

#include <stdbool.h>

struct host;
struct set;

/*
 * Writes on record that nobody may enter the set any more, if there is something of it whose end is
 * more than that of its anchor.
 */
void end_put_on_record(struct set *set);

/* Starts the hook "on_end" in the set, if it has one that runs inside.  Returns whether it has. */
bool end_run_inside(struct set *set);

/* Gives back what nobody can use any more, of a set that something else of is in use. */
void end_give_back_early(struct set *set);

#endif /* NSI_END_H */
