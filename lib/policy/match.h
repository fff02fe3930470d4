/* SPDX-License-Identifier: MIT */
/* The match of a login against the rules */
#ifndef NSI_POLICY_MATCH_H
#define NSI_POLICY_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct pol_image;
struct pol_rule;

/* An account as rules see it.  Groups may not have been asked for yet. */
struct pol_account {
	const char *name; /* NULL: not known yet; "" for a number without a name */
	uid_t uid;
	gid_t gid;
	const gid_t *groups; /* all of them, the primary one included; NULL: not known yet */
	size_t group_count;
	bool groups_may_lack; /* a source of groups did not answer: there may be more */
};

struct pol_login {
	struct pol_account user;
	struct pol_account caller; /* who runs su or sudo: the real uid; groups and name lazily */
	const char *service;
	const char *tty;
	const char *rhost;
	const char *cgroups; /* /proc/PID/cgroup of the process; "" for none; NULL: not read yet */
};

/* Positive outcomes of policy_match(). */
enum {
	POL_NO_MATCH = 1,     /* no rule applies: no isolation */
	POL_NEED_GROUPS = 2,  /* ask for the user's groups and call again */
	POL_NEED_CALLER = 3,  /* ask for the caller's name and groups and call again */
	POL_UNSURE_GROUP = 4, /* the members of a group of the rule could not be looked up */
	POL_UNSURE_HOST = 5,  /* the rule names addresses, and rhost is a name */
	POL_NEED_CGROUPS = 6, /* read the control groups of the process and call again */
};

/*
 * Finds the first rule that matches.  A name or group list that is not known is
 * only asked for when everything else of a rule matches, so that most logins
 * never cost a look-up.  Returns 0 with the rule, or one of the above.
 *
 * Texts of the caller (service, tty, rhost) may be NULL, which reads as "", and are
 * compared as they are; of a tty, "/dev/" in front does not count.
 *
 * A list matches when one of its plain elements does, or it has none, and none
 * of its "!" elements does.  All lists of a rule must match.  A list may be undecidable; if the
 * rule depends on it alone, the outcome is POL_UNSURE_*, with the rule, and no later rule is
 * tried, as this one may apply to the login.
 *
 * A rule whose policy has scope = "job" matches processes of such a job alone.
 */
int policy_match(const struct pol_image *image, const struct pol_login *login,
		 const struct pol_rule **ret);

/* Whether @rule is for processes of a job alone: its policy has scope = "job". */
bool policy_is_for_jobs(const struct pol_image *image, const struct pol_rule *rule);

/* Whether a login of @rule that cannot be isolated is let in: on_error = "allow" of the rule or its policy. */
bool policy_lets_in(const struct pol_image *image, const struct pol_rule *rule);

/* Returns the policy @name of @image, if it has @digest as when a set was built by it, else NULL. */
const struct pol_policy *policy_built_by(const struct pol_image *image, const char *name,
					 uint64_t digest);

/* Writes a sentence about an outcome POL_UNSURE_*, for the log and for "show".  Returns @buf. */
const char *policy_unsure(int outcome, const struct pol_login *login, char *buf, size_t size);

/* Whether rules name groups that /etc/group does not have. */
bool policy_asks_directory(const struct pol_image *image);

/* Writes the numbers of such groups to @ret, at most @max.  Returns their count. */
unsigned policy_directory_groups(const struct pol_image *image, gid_t *ret, unsigned max);

/*
 * Whether @rule matches by those of its lists that @fields (1 << enum pol_field) names;
 * the other lists count as matching.  @login must have the groups and the caller that the
 * named lists need.  Whether there is a job is not looked at: see policy_is_for_jobs().
 */
bool policy_rule_matches(const struct pol_image *image, const struct pol_rule *rule,
			 const struct pol_login *login, unsigned fields);

#endif /* NSI_POLICY_MATCH_H */
