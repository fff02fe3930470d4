/* SPDX-License-Identifier: MIT */
/* The key of a set: logins with one key share it */
#ifndef NSI_KEY_H
#define NSI_KEY_H

#include <sys/types.h>

#include "sets/set.h"

struct pol_image;
struct pol_rule;

/*
 * Returns the key of a login of @user whose policy is that of @rule: the uid and the account's
 * name, which shows when a uid has been given to another account; or for scope = "group" a number
 * computed from the rule's lists, so that it is the same after a reload; or for scope = "job" the id
 * of the control group of @job, and the user.  It points to @user and @job.
 */
struct set_key key_of(const struct pol_image *image, const struct pol_rule *rule, uid_t uid,
		      const char *user, const struct record_job *job);

#endif /* NSI_KEY_H */
