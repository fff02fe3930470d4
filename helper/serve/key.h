/* SPDX-License-Identifier: MIT */
/* The key of a set: logins with one key share it */
#ifndef NSI_KEY_H
#define NSI_KEY_H

#include <sys/types.h>

#include "sets/set.h"

struct pol_image;
struct pol_rule;

/*
 * The key of a login of @user that @rule leads to a policy.  The uid and its name, which says
 * whether the uid is still that person's; or for scope = "group" a number made of what the rule
 * matches, so that it stays the same when the file is read again.  It points to @user.
 */
struct set_key key_of(const struct pol_image *image, const struct pol_rule *rule, uid_t uid,
		      const char *user);

#endif /* NSI_KEY_H */
