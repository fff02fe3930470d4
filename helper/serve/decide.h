/* SPDX-License-Identifier: MIT */
/* The decision about a login: its rule, and the key of the set that it shares */
#ifndef NSI_DECIDE_H
#define NSI_DECIDE_H

#include <sys/types.h>

#include "sets/set.h"

struct open_run;
struct pol_image;
struct pol_rule;

/* Whether everything is switched off, and whether the module means this helper.  Return an outcome of open.h. */
int decide_off(struct open_run *o);
int decide_instance(struct open_run *o);

/*
 * Finds the rule for the login and follows it: to a policy, to the host, or to no isolation, which answers the request.
 * Returns an outcome of open.h.
 */
int decide_rule(struct open_run *o);

/*
 * Returns the key of a login of @user whose policy is that of @rule: the uid and the account's
 * name, which shows when a uid has been given to another account; or for scope = "group" a number
 * computed from the rule's lists, so that it is the same after a reload; or for scope = "job" the id
 * of the control group of @job, and the user.  It points to @user and @job.
 */
struct set_key decide_key(const struct pol_image *image, const struct pol_rule *rule, uid_t uid,
			  const char *user, const struct record_job *job);

#endif /* NSI_DECIDE_H */
