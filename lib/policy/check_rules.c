/* SPDX-License-Identifier: MIT */
/* The checks of rules: their policies exist, and no rule hides another */
#include <string.h>

#include "policy/check.h"
#include "policy/keys.h"

static bool rules_is_given(const struct draft_rule *rule, enum key_id id)
{
	return rule->seen.given & key_bit(id);
}

static void rules_find_policy(struct draft *d, struct draft_rule *rule)
{
	const char *name = draft_str(d, rule->policy), *meant;
	int64_t row;

	if (rule->seen.bad & key_bit(K_POLICY))
		return;
	row = names_find(d, name);
	if (row >= 0) {
		rule->row.policy = (uint32_t)row;
		return;
	}
	if (d->has_gaps)
		return;
	meant = names_suggest(d, name);
	draft_error(d, rule->row.where, "unknown policy '%.64s'%s%s%s", name,
		    meant ? " (did you mean '" : "", meant ? meant : "", meant ? "'?)" : "");
}

static void check_action(struct draft *d, struct draft_rule *rule)
{
	bool has_policy = rules_is_given(rule, K_POLICY),
	     has_action = rules_is_given(rule, K_ACTION);

	if (rule->seen.bad == UINT64_MAX)
		return;
	if (has_policy == has_action) {
		draft_error(d, rule->row.where,
			    "a rule needs either 'policy' or 'action', and this one has %s",
			    has_policy ? "both" : "neither");
		return;
	}
	if (has_policy)
		rules_find_policy(d, rule);
	if (rule->row.action == POL_ACTION_HOST && !rules_is_given(rule, K_FROM_USER) &&
	    !rules_is_given(rule, K_FROM_GROUP))
		draft_warning(
			d, rule->row.where,
			"action \"host\" without 'from_user' or 'from_group' leads anybody who can "
			"become that user back to the host");
}

static bool check_is_everything(const struct draft *d, const struct pol_match *m)
{
	if (m->kind == POL_MATCH_RANGE)
		return m->low == 0 && m->high == UINT32_MAX - 1;
	return m->kind == POL_MATCH_GLOB && strcmp(draft_str(d, m->text), "*") == 0;
}

static bool check_list_has_all(const struct draft *d, struct pol_list list)
{
	bool has_all = list.count == 0;

	for (uint32_t i = 0; i < list.count; i++) {
		const struct pol_match *m = draft_row(&d->matches, list.first + i);

		if (m->negate)
			return false;
		has_all |= check_is_everything(d, m);
	}
	return has_all;
}

static bool check_is_catch_all(const struct draft *d, const struct draft_rule *rule)
{
	if (rule->seen.bad != 0)
		return false;
	if (rules_is_given(rule, K_POLICY) && rule->row.policy < d->policies.count &&
	    draft_policy(d, rule->row.policy)->row.scope == POL_SCOPE_JOB)
		return false; /* who is in no job is left to the next */
	for (int i = 0; i < POL_FIELD_MAX; i++) {
		if (!check_list_has_all(d, rule->row.match[i]))
			return false;
	}
	return true;
}

/* Whether all services of @rule are ones whose sessions max_sessions does not count. */
static bool check_has_companions_alone(const struct draft *d, const struct draft_rule *rule)
{
	const struct pol_list services = rule->row.match[POL_SERVICE];

	for (uint32_t i = 0; i < services.count; i++) {
		const struct pol_match *m = draft_row(&d->matches, services.first + i);

		if (m->negate || strcmp(draft_str(d, m->text), "systemd-user") != 0)
			return false;
	}
	return services.count > 0;
}

static void check_counts(struct draft *d, const struct draft_rule *rule)
{
	const struct draft_policy *p;

	if (rule->seen.bad || !rules_is_given(rule, K_POLICY) ||
	    rule->row.policy >= d->policies.count)
		return;
	p = draft_policy(d, rule->row.policy);
	if ((p->seen.given & key_bit(K_MAX_SESSIONS)) && check_has_companions_alone(d, rule))
		draft_warning(d, rule->row.where,
			      "'max_sessions' of policy '%.64s' has no effect here: sessions of "
			      "the service systemd-user are part of a login and are not counted",
			      draft_str(d, p->row.name));
}

/* Warns of "audit": a policy that is only tried out is not in force. */
static void check_audit(struct draft *d)
{
	if (d->audit)
		draft_warning(
			d, d->audit_where,
			"'audit' at the top level: the log says what each login would get, and "
			"no login is isolated");
}

void check_rules(struct draft *d)
{
	const struct draft_rule *catch_all = NULL;
	bool was_said = false; /* once: the rest follow from it */
	char where[256];

	check_audit(d);
	for (size_t i = 0; i < d->rules.count; i++) {
		struct draft_rule *rule = draft_rule(d, i);

		check_action(d, rule);
		check_counts(d, rule);
		if (catch_all && !was_said) {
			draft_warning(
				d, rule->row.where,
				"this rule is never reached: the one at %s matches every login",
				draft_where(d, catch_all->row.where, where, sizeof(where)));
			was_said = true;
		}
		if (!catch_all && check_is_catch_all(d, rule))
			catch_all = rule;
	}
}
