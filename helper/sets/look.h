/* SPDX-License-Identifier: MIT */
/* One look at the processes of sets: all of it in a child, or a glance in the helper itself. */
#ifndef NSI_LOOK_H
#define NSI_LOOK_H

#include <stdint.h>

#include "sets/members.h"
#include "sets/set.h"

struct sets;

/* The message of the child about each set that it looked at; one about no set is the last. */
struct look_answer {
	uint64_t set;
	uint64_t changes;
	struct set_found found;
};

enum {
	LOOK_ANSWERS_MAX = 16 << 20 /* bytes, of a hundred thousand sets and more */
};

/* The part of the scanner's child: looks at the sets that want it, and answers through the pipe @out.  See work.h. */
int look_run(const void *arg, const int *fds, int out, struct nsi_fail *f);

enum look_glance {
	LOOK_NOBODY, /* known of; there may be somebody all the same */
	LOOK_FOUND,
	LOOK_MANY, /* too many processes to look at at once: the scanner must */
};

/*
 * A look, here and now, at the processes in the control groups of the set's sessions, or at those that
 * are younger than the first, where these are few: for an end without any walk over /proc where nobody
 * is left.
 */
enum look_glance look_glance(const struct set *set);

/* Notes the group of the process that has opened a session.  Behind the reply: it reads /proc. */
void groups_note(struct set *set, pid_t pid);
void groups_free(struct set *set);

/*
 * The processes in the groups, if all sessions were in such.  Returns their count, or -E2BIG if
 * there are more than @room or it cannot be told.
 */
int groups_list(const struct set *set, int *pids, unsigned room);

/* For a child of the helper: finds the directories of groups that an earlier helper noted. */
void groups_resolve(struct set *set);

/* Thaws what a child may have left frozen that was killed. */
void groups_thaw(const struct set *set);

/* Below here: between look.c and look_frozen.c. */

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

#endif /* NSI_LOOK_H */
