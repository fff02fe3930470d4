/* SPDX-License-Identifier: MIT */
/* How do files of a later login come into a set that is there already? */
#ifndef NSI_IMPORT_H
#define NSI_IMPORT_H

#include <stdbool.h>

struct build_plan;
struct call;
struct nsi_fail;
struct set;

/* Whether a policy has "import" names at all. */
bool import_is_wanted(const struct build_plan *plan);

/*
 * Starts a child that moves them in, and leaves the call waiting for it; then the
 * call enters the set, or is refused.  Returns 0 or -errno.
 */
int import_start(struct call *c, const struct build_plan *plan, const struct set *set,
		 struct nsi_fail *f);

/* Gives up on a child that is still at it. */
void import_drop(struct call *c);

#endif /* NSI_IMPORT_H */
