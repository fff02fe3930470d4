/* SPDX-License-Identifier: MIT */
/* Leftovers that can be deleted */
#ifndef NSI_CTL_GARBAGE_H
#define NSI_CTL_GARBAGE_H

struct ctl;
struct nsi_fail;

struct garbage_item {
	char *what; /* owned: a path */
	char why[80];
};

struct garbage {
	struct garbage_item *items; /* owned */
	unsigned count;
};

/*
 * Finds what the helper would remove from the rundir and the statedir: records of dead
 * sets, instances whose set or time is over, the trash.  Returns 0 or -errno.
 */
int garbage_find(const struct ctl *ctl, struct garbage *ret, struct nsi_fail *f);

void garbage_done(struct garbage *g);

#endif /* NSI_CTL_GARBAGE_H */
