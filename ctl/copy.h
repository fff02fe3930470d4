/* SPDX-License-Identifier: MIT */
/* Copies of trees by descriptors */
#ifndef NSI_CTL_COPY_H
#define NSI_CTL_COPY_H

#include <stdbool.h>
#include <sys/types.h>

enum {
	COPY_ENTRIES_MAX = 100000,
	COPY_DEPTH_MAX = 32
};

struct copy_job {
	bool has_owner; /* the copy is given to uid and gid; else it is the caller's */
	uid_t uid;
	gid_t gid;
	mode_t mask;      /* bits of the mode that the copy does not get */
	unsigned entries; /* copied so far */
	unsigned left;    /* not copied; each was reported */
};

/*
 * Copies @source, an O_PATH descriptor that is @shown to people, to the new name @name in the directory
 * @target.  Follows no link, crosses no mount, overwrites nothing; counts what is left out in @job and
 * reports it.
 */
void copy_tree(struct copy_job *job, int source, int target, const char *name, const char *shown);

#endif /* NSI_CTL_COPY_H */
