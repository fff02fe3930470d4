/* SPDX-License-Identifier: MIT */
/* The child that works on the host's network */
#ifndef NSI_NETWORK_CHILD_H
#define NSI_NETWORK_CHILD_H

#include <stdbool.h>

struct networks;
struct set;

/*
 * Starts a child that makes the network of @set and answers its anchor, or that undoes
 * it.  It ends by itself before a login would give up, says what went wrong by the
 * pipe in *@ret_out, and has ended well if its exit status is 0.
 * Returns its pidfd or -errno.
 */
int network_child_start(struct set *set, bool is_setup, int *ret_out);

/* Starts one that undoes what is on record and is no set's.  Returns its pidfd or -errno. */
int network_child_collect(struct networks *n);

#endif /* NSI_NETWORK_CHILD_H */
