/* SPDX-License-Identifier: MIT */
/* A new anchor for a set whose own has gone. */
#ifndef NSI_REVIVE_H
#define NSI_REVIVE_H

struct set;
struct set_found;

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

#endif /* NSI_REVIVE_H */
