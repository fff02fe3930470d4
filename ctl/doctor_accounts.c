/* SPDX-License-Identifier: MIT */
/* The accounts that no rule matches, for "doctor" */
#include <pwd.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "ctl/doctor.h"
#include "ctl/lint.h"
#include "ctl/services.h"
#include "policy/image.h"
#include "policy/match.h"

enum {
	ACCOUNTS_MAX = 5000, /* of a directory service, each asked for its groups */
	FIRST_UID = 1000,    /* login.defs(5): UID_MIN */
	NOBODY = 65534
};

/* Whose password entry is for a person: system accounts and those without a shell are not. */
static bool accounts_is_person(const struct passwd *pw, uid_t first)
{
	const char *shell = pw->pw_shell ? strrchr(pw->pw_shell, '/') : NULL;

	if (pw->pw_uid < first || pw->pw_uid == NOBODY)
		return false;
	return !shell || (strcmp(shell, "/nologin") != 0 && strcmp(shell, "/false") != 0);
}

static uid_t accounts_first_uid(void)
{
	char value[32];
	uint64_t first;

	if (!setting_find("/etc/login.defs", "UID_MIN", SETTING_LAST, value, sizeof(value)) ||
	    text_u64(value, UINT32_MAX - 1, &first) < 0)
		return FIRST_UID;
	return (uid_t)first;
}

/* Whether a login of @p is by no rule, by whatever service it comes. */
static bool account_is_left_out(const struct pol_image *image, const struct pamd_names *services,
				const struct person *p)
{
	bool is_any = false;

	for (unsigned i = 0; i < services->count; i++) {
		struct pol_login login = witness_login(p, services->names[i]);
		const struct pol_rule *rule;

		if (service_find(login.service)->kind != SERVICE_LOGIN)
			continue;
		if (policy_match(image, &login, &rule) != POL_NO_MATCH)
			return false;
		is_any = true;
	}
	return is_any;
}

/* Whether the list "uid" of @rule has the first ordinary number in it, or there is none. */
static bool accounts_is_from_first(const struct pol_image *image, const struct pol_rule *rule,
				   uid_t first)
{
	struct person p = {.uid = first};
	struct pol_login login = witness_login(&p, NULL);

	return policy_rule_matches(image, rule, &login, 1u << POL_UID);
}

/* Whether a rule is for everybody from there on: then nobody is left out on purpose. */
static bool accounts_is_for_everybody(const struct pol_image *image, uid_t first)
{
	for (uint32_t i = 0; i < image->table[POL_TABLE_RULES].count; i++) {
		const struct pol_rule *rule = policy_rule(image, i);

		if (rule->action == POL_ACTION_POLICY && rule->match[POL_USER].count == 0 &&
		    rule->match[POL_GROUP].count == 0 && accounts_is_from_first(image, rule, first))
			return true;
	}
	return false;
}

static void accounts_note(char *names, size_t size, unsigned count, const char *name)
{
	size_t used = strlen(names);
	char escaped[100];

	if (count <= 8)
		text_fmt(names + used, size - used, "%s%s", used ? ", " : "",
			 text_escape(escaped, sizeof(escaped), name));
}

static unsigned accounts_find_left_out(const struct pol_image *image,
				       const struct pamd_names *services, uid_t first, char *names,
				       size_t size)
{
	unsigned count = 0;
	struct passwd *pw;

	setpwent();
	for (unsigned asked = 0; asked < ACCOUNTS_MAX && (pw = getpwent()) != NULL;) {
		NSI_CLEANUP(person_done) struct person p = {0};
		NSI_AUTO_FREE char *name = NULL;
		struct nsi_fail f = {""};

		if (!accounts_is_person(pw, first))
			continue;
		asked++;
		name = strdup(pw->pw_name); /* getpwent(3)'s own until the next call */
		if (name && person_find(name, &p, &f) == 0 &&
		    account_is_left_out(image, services, &p))
			accounts_note(names, size, ++count, name);
	}
	endpwent();
	return count;
}

void doctor_accounts(struct doctor *d, const struct pol_image *image,
		     const struct pamd_names *services)
{
	uid_t first = accounts_first_uid();
	bool is_warning = accounts_is_for_everybody(image, first);
	char names[700] = "", what[900];
	unsigned count;

	if (image->table[POL_TABLE_RULES].count == 0)
		return; /* reported already */
	count = accounts_find_left_out(image, services, first, names, sizeof(names));
	if (count == 0)
		return;
	text_fmt(what, sizeof(what),
		 "accounts: %u of people that no rule catches, so they are on "
		 "the host: %s%s",
		 count, names, count > 8 ? ", ..." : "");
	doctor_find(
		d, is_warning ? FIND_ACCOUNT_LEFT_OUT : FIND_ACCOUNT_ON_HOST, what,
		is_warning
			? "a rule without an upper end, such as uid = [ \"1000-\", \"!65534\" ]; "
			  "or one with action = \"skip\" for those who are meant to be"
			: "a rule for them, if they are not meant to be");
}
