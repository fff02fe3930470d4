/* SPDX-License-Identifier: MIT */
/* Which number does the name of a group stand for? */
#ifndef NSI_POLICY_GROUPS_H
#define NSI_POLICY_GROUPS_H

#include <sys/types.h>

struct draft;

/* A positive outcome of groups_find(). */
enum {
	GROUPS_UNKNOWN = 1
};

/*
 * Asks the group database, once for each name.  Returns 0, GROUPS_UNKNOWN if it
 * says that there is no such group, or -errno if it could not say.
 */
int groups_find(struct draft *d, const char *name, gid_t *ret);

/* Forgets the names. */
void groups_done(struct draft *d);

#endif /* NSI_POLICY_GROUPS_H */
