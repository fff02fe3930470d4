/* SPDX-License-Identifier: MIT */
/* The import of a login's files into its set */
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
 * Starts a child that copies them into @set, which stays LIVE meanwhile, and leaves the call
 * waiting for it; then the call enters the set, or is refused.  Returns 0 or -errno.
 */
int import_start(struct call *c, const struct build_plan *plan, struct set *set,
		 struct nsi_fail *f);

/* The login is inside: the child removes the originals.  Without an import, nothing. */
void import_finish(struct call *c);

/* The login is not, or the child is still at it: the originals stay.  Without an import, nothing. */
void import_drop(struct call *c);

#endif /* NSI_IMPORT_H */
