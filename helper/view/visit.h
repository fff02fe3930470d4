/* SPDX-License-Identifier: MIT */
/* A look at the views of live sets, by a child of the helper that enters them. */
#ifndef NSI_VIEW_VISIT_H
#define NSI_VIEW_VISIT_H

#include <stdint.h>

#include "base/fail.h"
#include "state/facts.h"

struct cover_list;
struct cover_row;
struct cover_set;

/* One set to be looked at; all of it the caller's. */
struct visit_set {
	const struct set_facts *rec;
	const struct cover_list *covers;
	int anchor; /* pidfd */
};

/* The result of a visit; it crosses a pipe in one piece (PIPE_BUF). */
struct visit_result {
	uint64_t set;
	uint32_t put_back; /* covers that were not in place and are now */
	uint32_t lost;     /* covers that could not be put back */
	uint32_t no_place; /* covers whose path is not there: to be looked for again */
	uint32_t pad;
	uint64_t dev[RECORD_DIRS]; /* of the private directories: those made anew have another */
	struct nsi_fail what; /* of the last one that was put back, or the first that is lost */
};

/*
 * Runs in the child, with the capabilities of PRIV_VISITOR effective and in the host's mount
 * namespace; it is alone in its files (no other thread).  Looks at @count sets one after the
 * other, puts back what is not in place, logs it, and writes a result for each to @out.
 * Adds watches to the inotify descriptor @inotify for every directory in which a path of
 * these sets has a name.  Returns 0 or -errno for what kept it from looking at all.
 */
int visit_sets(const struct visit_set *sets, unsigned count, const char *rundir, int inotify,
	       int out);

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

#endif /* NSI_VIEW_VISIT_H */
