/* SPDX-License-Identifier: MIT */
/* Inheritance between policies: "extends" */
#ifndef NSI_POLICY_EXTENDS_H
#define NSI_POLICY_EXTENDS_H

struct draft;

/* How many policies may stand between one and its last ancestor. */
enum {
	EXTENDS_DEPTH_MAX = 16
};

/*
 * Resolves the inheritance of all policies.  A key that a policy has replaces the
 * parent's; only "directories" is merged: an entry replaces the parent's with the
 * same path, or drops it with method "none", and the rest are added.
 */
void extends_resolve(struct draft *d);

#endif /* NSI_POLICY_EXTENDS_H */
