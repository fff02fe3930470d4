/* SPDX-License-Identifier: MIT */
/* The child of the helper that looks at views, and what its results change. */
#ifndef NSI_SETS_UPKEEP_CHILD_H
#define NSI_SETS_UPKEEP_CHILD_H

#include <stdint.h>

struct loop_job;
struct upkeep;

/* Starts a look at the sets whose views are stale, unless one is under way: then another follows it. */
void upkeep_child_start(struct upkeep *u);

/* Has one start @after_us from now at the latest, if none is under way. */
void upkeep_schedule(struct upkeep *u, uint64_t after_us);

void upkeep_child_on_refusal(struct loop_job *job);

#endif /* NSI_SETS_UPKEEP_CHILD_H */
