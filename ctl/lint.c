/* SPDX-License-Identifier: MIT */
#include "ctl/lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "ctl/pamd.h"
#include "ctl/person.h"
#include "ctl/services.h"
#include "policy/image.h"
#include "policy/match.h"
#include "policy/values.h"

enum {
	LOOKUPS_MAX = 1000, /* a directory service may be slow */
	FAR = 3,            /* letters by which a name is no slip of another */
	TEXT_SIZE = 700
};

/* The policy that is checked, and the receiver of the reports. */
struct linter {
	const struct pol_image *image;
	const struct pamd_names *services;
	lint_fn report;
	void *arg;
	unsigned lookups;
};

static void lint_say(struct linter *l, enum finding finding, const struct pol_rule *rule,
		     const char *remedy, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

static void lint_say(struct linter *l, enum finding finding, const struct pol_rule *rule,
		     const char *remedy, const char *fmt, ...)
{
	char text[TEXT_SIZE];
	struct lint lint = {.finding = finding,
			    .file = policy_str(l->image, rule->where.file),
			    .line = rule->where.line,
			    .text = text,
			    .remedy = remedy};
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	l->report(l->arg, &lint);
}

static const struct pol_match *lint_element(const struct linter *l, struct pol_list list,
					    uint32_t i)
{
	const struct pol_match *rows = policy_table(l->image, POL_TABLE_MATCHES);

	return &rows[list.first + i];
}

/* The service that may have been meant by @name, or NULL. */
static const char *lint_nearest_service(const struct linter *l, const char *name)
{
	const char *best = NULL;
	unsigned least = FAR;

	for (unsigned i = 0; i < l->services->count; i++) {
		unsigned distance = suggest_distance(name, l->services->names[i]);

		if (distance < least && distance < strlen(name)) {
			least = distance;
			best = l->services->names[i];
		}
	}
	return best;
}

static void lint_service(struct linter *l, const struct pol_rule *rule, const char *name)
{
	const struct service *known = service_find(name);
	const char *meant;

	if (known->kind == SERVICE_NONE) {
		lint_say(l, FIND_RULE_SERVICE_UNKNOWN, rule, "take it out",
			 "the service '%.64s' opens no sessions, so nothing is matched by it",
			 name);
		return;
	}
	if (known->kind != SERVICE_UNKNOWN || pamd_names_have(l->services, name))
		return;
	meant = lint_nearest_service(l, name);
	lint_say(l, FIND_RULE_SERVICE_UNKNOWN, rule, "ls /etc/pam.d /usr/lib/pam.d",
		 "there is no PAM service '%.64s'%s%s%s", name, meant ? " (did you mean '" : "",
		 meant ? meant : "", meant ? "'?)" : "");
}

static void lint_services(struct linter *l, const struct pol_rule *rule)
{
	struct pol_list list = rule->match[POL_SERVICE];

	for (uint32_t i = 0; i < list.count; i++) {
		const struct pol_match *m = lint_element(l, list, i);

		if (m->kind == POL_MATCH_TEXT)
			lint_service(l, rule, policy_str(l->image, m->text));
	}
}

static void lint_users(struct linter *l, const struct pol_rule *rule, enum pol_field field)
{
	struct pol_list list = rule->match[field];

	for (uint32_t i = 0; i < list.count && l->lookups < LOOKUPS_MAX; i++) {
		const struct pol_match *m = lint_element(l, list, i);
		const char *name = policy_str(l->image, m->text);
		NSI_CLEANUP(person_done) struct person p = {0};
		struct nsi_fail f = {""};

		if (m->kind != POL_MATCH_TEXT)
			continue;
		l->lookups++;
		if (person_find(name, &p, &f) != PERSON_UNKNOWN)
			continue; /* an account that cannot be looked up is no fault of the policy */
		lint_say(l, FIND_RULE_USER_UNKNOWN, rule, "mend the name, or take it out",
			 "there is no user '%.64s', so %s", name,
			 m->negate ? "nobody is left out by it" : "nobody is matched by it");
	}
}

/* Whether @early takes every such login before a later rule is asked, wherever it comes from. */
static bool lint_takes_all(const struct linter *l, const struct pol_rule *early,
			   const struct pol_login *login)
{
	static const unsigned who =
		1u << POL_USER | 1u << POL_UID | 1u << POL_GROUP | 1u << POL_SERVICE;

	if (policy_is_for_jobs(l->image, early))
		return false;
	for (int field = 0; field < POL_FIELD_MAX; field++)
		if (!(who & 1u << field) && early->match[field].count > 0)
			return false;
	return policy_rule_matches(l->image, early, login, who);
}

/* A rule for everybody by everything: the loader warns of what stands behind it. */
static bool lint_is_for_all(const struct pol_rule *rule)
{
	for (int field = 0; field < POL_FIELD_MAX; field++)
		if (rule->match[field].count > 0)
			return false;
	return true;
}

/* The rule before @row that takes this login, or NULL if it may come as far as @row. */
static const struct pol_rule *lint_find_taker(const struct linter *l, uint32_t row,
					      const struct pol_login *login)
{
	for (uint32_t i = 0; i < row; i++)
		if (lint_takes_all(l, policy_rule(l->image, i), login))
			return policy_rule(l->image, i);
	return NULL;
}

static bool lint_is_session_service(const char *name)
{
	enum service_kind kind = service_find(name)->kind;

	return kind == SERVICE_LOGIN || kind == SERVICE_ROOT;
}

/*
 * The rule that takes all logins of @w which rule @row is for, by each service of this
 * system; NULL if one gets as far as @row, or if there is no such service.
 */
static const struct pol_rule *lint_find_taker_of_all(const struct linter *l, uint32_t row,
						     const struct witness *w)
{
	const struct pol_rule *rule = policy_rule(l->image, row), *taker = NULL;

	for (unsigned i = 0; i < l->services->count; i++) {
		struct pol_login login = witness_login(&w->person, l->services->names[i]);

		if (!lint_is_session_service(login.service) ||
		    !policy_rule_matches(l->image, rule, &login, 1u << POL_SERVICE))
			continue;
		taker = lint_find_taker(l, row, &login);
		if (!taker)
			return NULL;
	}
	return taker;
}

static void lint_reach(struct linter *l, uint32_t row, const struct witnesses *w)
{
	const struct pol_rule *rule = policy_rule(l->image, row), *taker = NULL;
	const char *file;
	char remedy[400];

	for (unsigned i = 0; i < w->count; i++) {
		taker = lint_find_taker_of_all(l, row, &w->rows[i]);
		if (!taker || lint_is_for_all(taker))
			return;
	}
	if (!taker)
		return;
	file = policy_str(l->image, taker->where.file);
	text_fmt(remedy, sizeof(remedy), "write it before line %u of %s", taker->where.line, file);
	lint_say(l, FIND_RULE_UNREACHED, rule, remedy,
		 "this rule is never reached: the one at %.200s:%u matches all whom it is for%s",
		 file, taker->where.line,
		 rule->where.file != taker->where.file ? ", and drop-ins come after the main file"
						       : "");
}

/* Whether such a login gets in on the host because no rule says anything of it. */
static bool lint_is_left_out(const struct linter *l, const struct pol_rule *rule,
			     const struct witness *w, const char *service)
{
	struct pol_login login = witness_login(&w->person, service);
	const struct pol_rule *found;

	return !policy_rule_matches(l->image, rule, &login, 1u << POL_SERVICE) &&
	       policy_match(l->image, &login, &found) == POL_NO_MATCH;
}

static void lint_note_left_out(char *text, size_t size, const char *service)
{
	size_t used = strlen(text);

	text_fmt(text + used, size - used, "%s%s", used ? ", " : "", service);
}

/* The services by which users of @rule, which isolates them by others, get in by no rule. */
static void lint_doors(struct linter *l, const struct pol_rule *rule, const struct witnesses *w)
{
	char doors[400] = "";

	if (rule->action != POL_ACTION_POLICY || rule->match[POL_SERVICE].count == 0 ||
	    rule->match[POL_FROM_USER].count > 0 || rule->match[POL_FROM_GROUP].count > 0)
		return;
	for (unsigned i = 0; i < l->services->count; i++) {
		const char *service = l->services->names[i];
		bool is_door = false;

		if (service_find(service)->kind != SERVICE_LOGIN)
			continue;
		for (unsigned k = 0; k < w->count && !is_door; k++)
			is_door = lint_is_left_out(l, rule, &w->rows[k], service);
		if (is_door)
			lint_note_left_out(doors, sizeof(doors), service);
	}
	if (doors[0])
		lint_say(l, FIND_SERVICE_LEFT_OUT, rule,
			 "leave 'service' out of the rule, or name them",
			 "whom this rule isolates gets in by no rule, and on the host, by: %s",
			 doors);
}

void lint_rules(const struct pol_image *image, const struct pamd_names *services, lint_fn report,
		void *arg)
{
	struct linter l = {.image = image, .services = services, .report = report, .arg = arg};
	uint64_t count = image->table[POL_TABLE_RULES].count;

	for (uint32_t i = 0; i < count; i++) {
		const struct pol_rule *rule = policy_rule(image, i);
		NSI_CLEANUP(witnesses_done) struct witnesses w = {0};

		lint_services(&l, rule);
		lint_users(&l, rule, POL_USER);
		lint_users(&l, rule, POL_FROM_USER);
		if (l.lookups >= LOOKUPS_MAX)
			continue;
		witnesses_find(image, rule, &w);
		l.lookups += w.count;
		lint_reach(&l, i, &w);
		lint_doors(&l, rule, &w);
	}
}
