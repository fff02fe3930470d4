/* SPDX-License-Identifier: MIT */
/* The checks of a draft after it has been read */
#ifndef NSI_POLICY_CHECK_H
#define NSI_POLICY_CHECK_H

#include <linux/mount.h>

#include "policy/draft.h"
#include "policy/keys.h"

/* The mount attributes of every instance unless its options say "suid" or "dev". */
#define CHECK_ATTRS_DEFAULT (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

/* Checks one directory as it was written; @place is " in a directory of policy 'lab'". */
void check_dir(struct draft *d, struct draft_dir *dir, const char *place);

/* Checks one policy with all that it inherits. */
void check_policy(struct draft *d, const struct draft_policy *p);

/* Checks that a policy has the namespaces that its view needs. */
void check_view(struct draft *d, const struct draft_policy *p);

/*
 * Returns why @key ("hide", ...) cannot be applied to @path, as a clause to follow
 * "cannot be there: ", or NULL if it can.
 */
const char *check_view_path(const struct draft *d, enum key_id key, const char *path);

/*
 * Whether a check that is about @about, a mask of keys, is due: not for what was
 * refused already, and not where a policy only inherits what its parent was told about.
 */
bool check_is_due(const struct draft_policy *p, uint64_t about);

/* Checks that a policy's network and its namespaces go together. */
void check_network(struct draft *d, const struct draft_policy *p);

/* The number of elements of the policy's "sysctl" of a network namespace, or of an IPC namespace. */
uint32_t check_count_sysctls(const struct draft *d, const struct draft_policy *p, bool is_net);

/* Checks all rules and finds the policy that each names; the policies must be known by then. */
void check_rules(struct draft *d);

#endif /* NSI_POLICY_CHECK_H */
