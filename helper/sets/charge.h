/* SPDX-License-Identifier: MIT */
/* The charge for memory that a set keeps without sessions */
#ifndef NSI_SETS_CHARGE_H
#define NSI_SETS_CHARGE_H

#include <stdbool.h>

struct set;

/*
 * Where systemd runs, the group that a set's memory is charged to ends with the user's last process.  Has a child see
 * to it that it lasts as long as the anchor of @set, if the set has limits of memory and outlasts its sessions by
 * linger; see cgroup/slice.h.  A failure is logged, and keeps nobody out.  Does nothing if it is done.
 */
void charge_keep(struct set *set);

/* Below here: for the tests. */

/* Whether @set has memory that outlasts its sessions and is to stay charged. */
bool charge_is_wanted(const struct set *set);

#endif /* NSI_SETS_CHARGE_H */
