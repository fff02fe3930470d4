/* SPDX-License-Identifier: MIT */
/* The limits of live sets and their release */
#ifndef NSI_SETS_LIMITS_H
#define NSI_SETS_LIMITS_H

#include <stdint.h>

struct helper;
struct nsi_fail;

/* Opens <rundir>/limits.  Returns its descriptor or -errno. */
int limits_open(int run_fd, struct nsi_fail *f);

/*
 * The limits of set @set, or of the sets of user @uid if @set is 0, may have nobody left
 * to hold: if no set has them, a child undoes them.
 */
void limits_release(struct helper *h, uint64_t set, uint32_t uid);

/* The same for everything that an earlier helper left, once the sets are adopted. */
void limits_collect(struct helper *h);

#endif /* NSI_SETS_LIMITS_H */
