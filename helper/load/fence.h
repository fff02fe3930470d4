/* SPDX-License-Identifier: MIT */
/* The limits of the processes that handle the policy's files */
#ifndef NSI_FENCE_H
#define NSI_FENCE_H

#include <stdbool.h>

struct nsi_fail;
struct pol_sources;

/*
 * Restricts this process to reading the directories of the configuration, /etc/group and, if
 * @or_kept, the copy of the policy in the statedir.  Returns 0 or -errno.
 */
int fence_loader(const struct pol_sources *sources, bool or_kept, struct nsi_fail *f);

/* Likewise, and to writing in the statedir, which must exist. */
int fence_keeper(const struct pol_sources *sources, struct nsi_fail *f);

#endif /* NSI_FENCE_H */
