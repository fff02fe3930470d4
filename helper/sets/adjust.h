/* SPDX-License-Identifier: MIT */
/* The parts of a changed policy that apply to a live set */
#ifndef NSI_ADJUST_H
#define NSI_ADJUST_H

struct pol_policy;
struct set;

/*
 * Takes over what no session can notice and what therefore is no other policy: how
 * long the set stays, how it ends, how many may be in it.  For a login that joins.
 */
void set_adjust(struct set *set, const struct pol_policy *policy);

#endif /* NSI_ADJUST_H */
