/* SPDX-License-Identifier: MIT */
/* The covers of a plan: which path of the set shows what */
#ifndef NSI_SETUP_COVERS_H
#define NSI_SETUP_COVERS_H

struct setup_plan;
struct cover_list;

/*
 * Lists what setup_set() mounts for @plan, in its order, as view/cover.h has it.  Runs in the
 * helper; @ret is the caller's.  Returns 0, with an empty list for a set without a mount
 * namespace, or -errno.
 */
int setup_list_covers(const struct setup_plan *plan, struct cover_list *ret);

/* Adds the files that the network namespace @name has in /etc/netns; "" has none.  Returns 0 or -errno. */
int setup_list_netns(const char *name, struct cover_list *list);

#endif /* NSI_SETUP_COVERS_H */
