/* SPDX-License-Identifier: MIT */
/* Finds the private directory of a set again that the host's mounts have covered, or a rename has moved. */
#ifndef NSI_VIEW_RECOVER_H
#define NSI_VIEW_RECOVER_H

struct cover_row;
struct cover_set;
struct nsi_fail;

enum recover_how {
	RECOVER_COVERED, /* another mount lies above it */
	RECOVER_MOVED,   /* it is where the host has moved its directory */
};

/*
 * In the set's mount namespace, which the process leaves: looks for the mount of @row, a
 * COVER_PRIVATE or COVER_HOME, in a copy of the namespace, where what lies over it can be taken
 * away.  @proc is a descriptor of the host's /proc.
 * Returns a detached copy of that mount with those below it, *ret_how saying where it was;
 * -ENOENT if there is none any more, or -errno.  It needs CAP_SYS_ADMIN, and the caller has to
 * enter the set again in any case.
 */
int recover_find(const struct cover_set *set, const struct cover_row *row, int proc,
		 enum recover_how *ret_how, struct nsi_fail *f);

/*
 * In the set's mount namespace, which the process stays in: takes away what lies over the mount
 * of @row, for the place that it would have on top of that is none that can be trusted.  The
 * set sees its tree there as it was before, and the host keeps its mounts.  Returns 0 or -errno.
 */
int recover_uncover(const struct cover_set *set, const struct cover_row *row, struct nsi_fail *f);

#endif /* NSI_VIEW_RECOVER_H */
