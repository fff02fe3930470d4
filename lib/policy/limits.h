/* SPDX-License-Identifier: MIT */
/* How much of the machine may a set use? */
#ifndef NSI_POLICY_LIMITS_H
#define NSI_POLICY_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

/* 0 in each: no limit of ours. */
struct pol_limits {
	uint64_t memory;         /* bytes */
	uint32_t memory_percent; /* of the machine's, instead */
	uint32_t tasks;
	uint32_t cpu; /* percent of one processor */
	uint32_t pad;
};

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
