/* SPDX-License-Identifier: MIT */
/* The record of which policy is in force, <rundir>/policy */
#ifndef NSI_POLICY_IN_FORCE_H
#define NSI_POLICY_IN_FORCE_H

#include <stdint.h>

enum in_force_state {
	IN_FORCE_CURRENT,   /* the one in the files */
	IN_FORCE_LAST_GOOD, /* the one before, as the files cannot be used */
	IN_FORCE_NONE,      /* none: sessions are refused */
	IN_FORCE_MAX
};

struct in_force {
	enum in_force_state state;
	uint64_t since; /* seconds since the epoch when it was read, or kept */
	char config[256];
};

/* "current", "last-good", "none". */
const char *in_force_name(enum in_force_state state);

/* Writes <rundir>/policy, for the command to read.  Returns 0 or -errno. */
int in_force_write(int run_fd, const struct in_force *in_force);

/* Reads it.  Returns 0, -ENOENT while no helper has read a policy, or -errno. */
int in_force_read(int run_fd, struct in_force *ret);

#endif /* NSI_POLICY_IN_FORCE_H */
