/* SPDX-License-Identifier: MIT */
/* The part of a look that stops control groups */
#ifndef NSI_LOOK_FROZEN_H
#define NSI_LOOK_FROZEN_H

#include "sets/members.h"

struct set;

/* All that the child of a look knows: in memory of its own, which ends with it. */
struct look_work {
	struct members_target *targets;
	struct set **sets; /* of the targets: in this child, as they were when it was forked */
	unsigned count;
	struct members_known known;
};

/*
 * Freezes the control groups of the sets whose processes have outrun the look or hide from it, kills
 * the members that are in them, and thaws them, some 200 milliseconds at most.  Processes of others
 * may be in the same groups, and a user can make a group slow to freeze (by a process that
 * waits for a FUSE file system): so each group is stopped once, for all sets, and the scanner
 * allows it every few seconds only.
 */
void look_frozen(struct look_work *w);

#endif /* NSI_LOOK_FROZEN_H */
