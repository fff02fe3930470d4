/* SPDX-License-Identifier: MIT */
/* The limits of a policy: how much of the machine a set may use */
#ifndef NSI_POLICY_LIMITS_H
#define NSI_POLICY_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded" /* as in rows.h */

/* The value 0 means "no limit" in each field. */
struct pol_limits {
	uint64_t memory;         /* bytes */
	uint32_t memory_percent; /* of the machine's, instead */
	uint32_t tasks;
	uint32_t cpu; /* percent of one processor */
	uint32_t pad;
};

#pragma GCC diagnostic pop

static inline bool pol_has_limits(const struct pol_limits *l)
{
	return l->memory || l->memory_percent || l->tasks || l->cpu;
}

enum {
	POL_LIMIT_TASKS_MAX = 4194304, /* PID_MAX_LIMIT of the kernel */
	POL_LIMIT_CPU_MAX = 1000000,
	POL_LIMIT_MEMORY_MIN = 1 << 20,
};

#endif /* NSI_POLICY_LIMITS_H */
