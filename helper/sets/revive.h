/* SPDX-License-Identifier: MIT */
/* What becomes of a set whose anchor died? */
#ifndef NSI_REVIVE_H
#define NSI_REVIVE_H

struct set;

/*
 * Looks for a process that is still in the set, a session's own first, and has a
 * new anchor move in beside it.  Meanwhile set->reviving is true and logins wait.
 * A set with a PID namespace has died with its anchor: the kernel ends all of it.
 */
void revive_begin(struct set *set);

/* Goes on with the process that the scanner found, or declares the set dead (0). */
void revive_from(struct set *set, int member_pid);

#endif /* NSI_REVIVE_H */
