/* SPDX-License-Identifier: MIT */
/* The limits of a set and their present use */
#ifndef NSI_CTL_LIMITS_H
#define NSI_CTL_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

struct ctl;
struct set_record;

/* As the kernel says; 0 in each of the last three for what has no limit. */
struct limits {
	bool is_known; /* the set has limits, and this is what is used */
	uint64_t tasks;
	uint64_t memory;
	uint64_t tasks_max;
	uint64_t memory_max;
	uint64_t cpu; /* percent of one processor */
};

struct limits limits_of(const struct ctl *ctl, const struct set_record *rec);

#endif /* NSI_CTL_LIMITS_H */
