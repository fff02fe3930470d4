/* SPDX-License-Identifier: MIT */
/* The control groups that the sessions of a set were opened in. */
#ifndef NSI_SETS_GROUPS_H
#define NSI_SETS_GROUPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "state/record.h"

struct set;

struct set_groups {
	unsigned count;
	bool is_partial; /* a session was in none that may be frozen, or there were too many */
	char *dirs[RECORD_GROUPS]; /* owned; NULL: only the id on record is known */
};

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

#endif /* NSI_SETS_GROUPS_H */
