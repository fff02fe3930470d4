/* SPDX-License-Identifier: MIT */
/* The child that keeps a copy of the policy */
#ifndef NSI_KEEPER_H
#define NSI_KEEPER_H

struct pol_sources;

/*
 * Starts a child that copies the files of the policy in force into the statedir, for a helper that finds
 * them broken (policy/kept.h).  Nobody waits for it, as it may wait for a disk.
 */
void keeper_start(const struct pol_sources *sources);

#endif /* NSI_KEEPER_H */
