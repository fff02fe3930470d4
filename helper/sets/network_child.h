/* SPDX-License-Identifier: MIT */
/* The child that works on the host's network */
#ifndef NSI_NETWORK_CHILD_H
#define NSI_NETWORK_CHILD_H

#include <stdbool.h>

struct networks;
struct set;
struct work;

/*
 * Starts the child set->net->work, which makes the network of @set and answers its anchor, or undoes
 * it, and calls @done when it has ended.  Returns 0 or -errno.
 */
int network_child_start(struct set *set, bool is_setup, void (*done)(struct work *w));

/* Starts a child that undoes all that is on record and of no set.  Returns 0 or -errno. */
int network_child_collect(struct networks *n);

#endif /* NSI_NETWORK_CHILD_H */
