/* SPDX-License-Identifier: MIT */
/* The import of a login's files into its set */
#ifndef NSI_IMPORT_H
#define NSI_IMPORT_H

#include <stdbool.h>

struct setup_plan;
struct call;
struct nsi_fail;
struct set;

/* Whether the policy of @plan has "import" names. */
bool import_is_wanted(const struct setup_plan *plan);

/*
 * Starts a child that copies the files into @set, which stays LIVE meanwhile.  The request waits
 * for the child, and then enters the set or is refused.  Returns 0 or -errno.
 */
int import_start(struct call *c, const struct setup_plan *plan, struct set *set,
		 struct nsi_fail *f);

/* Lets the child remove the originals, as the login is inside.  Does nothing without an import. */
void import_finish(struct call *c);

/* Ends the import and leaves the originals, as the login has failed.  Does nothing without an import. */
void import_drop(struct call *c);

#endif /* NSI_IMPORT_H */
