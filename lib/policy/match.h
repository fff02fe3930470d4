/* SPDX-License-Identifier: MIT */
/* Which rule does a login lead to? */
#ifndef NSI_POLICY_MATCH_H
#define NSI_POLICY_MATCH_H

#include <stdbool.h>
#include <stddef.h>
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
};

struct pol_login {
	struct pol_account user;
	struct pol_account caller; /* who runs su or sudo: the real uid; groups and name lazily */
	const char *service;
	const char *tty;
	const char *rhost;
};

/* Positive outcomes of policy_match(). */
enum {
	POL_NO_MATCH = 1,    /* no rule applies: no isolation */
	POL_NEED_GROUPS = 2, /* ask for the user's groups and call again */
	POL_NEED_CALLER = 3, /* ask for the caller's name and groups and call again */
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
 * of its "!" elements does.  All lists of a rule must match.
 */
int policy_match(const struct pol_image *image, const struct pol_login *login,
		 const struct pol_rule **ret);

/*
 * Whether @rule matches by those of its lists that @fields (1 << enum pol_field) names;
 * the others count as matching, whatever they say.  @login must have the groups and the
 * caller that these ask for.
 */
bool policy_rule_matches(const struct pol_image *image, const struct pol_rule *rule,
			 const struct pol_login *login, unsigned fields);

#endif /* NSI_POLICY_MATCH_H */
