/* SPDX-License-Identifier: MIT */
/* The element types of an image's rows, and the rows of limits and of a network */
#ifndef NSI_POLICY_ROWS_H
#define NSI_POLICY_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/netmode.h"

/*
 * Rows are written and hashed as bytes, so no struct of an image may have padding that the
 * compiler chose: the headers that define them make it an error.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/* The offset of a terminated string in the pool; 0 is "", which also stands for "not set". */
typedef uint32_t pol_str;

/* A run of rows in the table that the comment of a field names. */
struct pol_list {
	uint32_t first;
	uint32_t count;
};

/* Where something was written, for every message that speaks of it. */
struct pol_where {
	pol_str file;
	uint32_t line;
};

/* The limits of a policy: how much of the machine a set may use.  The value 0 means "no limit" in each field. */
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

/* The network of a set.  Texts are of the forms that base/inet.h reads. */
struct pol_network {
	uint8_t mode; /* enum net_mode */
	uint8_t create;
	uint8_t nat;
	uint8_t isolate_peers;
	uint8_t publish;
	uint8_t peers;      /* hosts = "peers" */
	uint8_t has_routes; /* an empty list says more than no list */
	uint8_t has_dns;
	uint32_t mtu; /* 0: not given */
	pol_str name; /* template */
	pol_str bridge;
	pol_str parent;
	pol_str firewall;      /* path */
	struct pol_list pools; /* strings, here and below; of each family one at most */
	struct pol_list addresses;
	struct pol_list routes;
	struct pol_list dns;
	struct pol_list interfaces;
	struct pol_list forwards;
	struct pol_list sysctls; /* deprecated: struct pol_view has those of the policy */
	struct pol_where where;
};

#pragma GCC diagnostic pop

#endif /* NSI_POLICY_ROWS_H */
