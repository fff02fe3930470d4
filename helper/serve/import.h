/* SPDX-License-Identifier: MIT */
/* The import of a login's files into its set */
#ifndef NSI_IMPORT_H
#define NSI_IMPORT_H

struct call;
struct open_run;

/*
 * Starts a child that copies the files into the set, which stays LIVE meanwhile.  The request waits
 * for the child, and then enters the set or is refused.  Returns OPEN_WAIT or -errno.
 */
int import_start(struct open_run *o);

/* Lets the child remove the originals, as the login is inside.  Does nothing without an import. */
void import_finish(struct call *c);

/* Ends the import and leaves the originals, as the login has failed.  Does nothing without an import. */
void import_drop(struct call *c);

#endif /* NSI_IMPORT_H */
