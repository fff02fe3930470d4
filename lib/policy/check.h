/* SPDX-License-Identifier: MIT */
/* The checks of a draft after it has been read */
#ifndef NSI_POLICY_CHECK_H
#define NSI_POLICY_CHECK_H

#include <linux/mount.h>

#include "policy/draft.h"
#include "policy/keys.h"

/* What every instance is mounted with unless its options say "suid" or "dev". */
#define CHECK_ATTRS_DEFAULT (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

/* One directory as it was written; @place is " in a directory of policy 'lab'". */
void check_dir(struct draft *d, struct draft_dir *dir, const char *place);

/* One policy with all that it inherits. */
void check_policy(struct draft *d, const struct draft_policy *p);

/* What it says about the view: whether the namespaces for it are there. */
void check_view(struct draft *d, const struct draft_policy *p);

/*
 * Why nothing can be done to a @path by @key ("hide", ...): a clause that goes on
 * after "cannot be there: ", or NULL.
 */
const char *check_view_path(const struct draft *d, enum key_id key, const char *path);

/* Whether a policy's network and its namespaces go together. */
void check_network(struct draft *d, const struct draft_policy *p);

/* All rules, once the policies are known: finds the policy that each names. */
void check_rules(struct draft *d);

#endif /* NSI_POLICY_CHECK_H */
