/* SPDX-License-Identifier: MIT */
/* Which sets did the helper before this one leave? */
#ifndef NSI_ADOPT_H
#define NSI_ADOPT_H

struct helper;

/*
 * Reads every record, holds it against the kernel, and takes the set over: with
 * its anchor, or with a new one, or to its end.  A record that cannot be read is
 * set aside and logged; those of another boot are removed.
 */
void adopt_all(struct helper *h);

#endif /* NSI_ADOPT_H */
