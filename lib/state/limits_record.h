/* SPDX-License-Identifier: MIT */
/* The records of limits that are in force, <rundir>/limits */
#ifndef NSI_STATE_LIMITS_H
#define NSI_STATE_LIMITS_H

#include <stdint.h>

/*
 * DOC: <rundir>/limits
 *
 *	u<uid>      the limits of all sets of a user
 *	s<set>      those of one set, in the scope "session"
 *	end-<set>   one of these that no set has any more: to be undone
 *
 * Lines "KEY=VALUE", one for each of these that is not "".  A record is written
 * before anything is changed, so that whoever comes after a crash can undo it.
 */
enum {
	LIMITS_TEXT = 256,
	LIMITS_NAME = 32
};

struct limits_record {
	char group[LIMITS_TEXT]; /* the directory of the control group that has the limits */
	char unit[LIMITS_TEXT];  /* of systemd, which has it; "": it is ours, and to be removed */
	char tasks[24];          /* the unit's value before, to be restored */
	char memory[24];
	char cpu[24];
	char kept[24]; /* the words of those three that came from a file that is not ours */
};

/* Reads the record @name below <rundir>/limits.  Returns 0 or -errno. */
int limits_read(int dir_fd, const char *name, struct limits_record *ret);
int limits_write(int dir_fd, const char *name, const struct limits_record *rec);

/* The name of the limits of a set, or of all of the user's sets if it has no own (@set is 0). */
void limits_name(char buf[LIMITS_NAME], uint64_t set, uint32_t uid);

#endif /* NSI_STATE_LIMITS_H */
