/* SPDX-License-Identifier: MIT */
#include "policy/match.h"

#include <fnmatch.h>
#include <string.h>

#include "base/inet.h"
#include "base/text.h"
#include "policy/image.h"
#include "policy/job.h"

/*
 * DOC: the cost of a match
 *
 * Rules are tried one after the other.  An image of 10,000 rules is a few hundred
 * kilobytes that lie side by side, and a rule for somebody else falls at its first
 * comparison, so a scan takes a fraction of a millisecond and needs no index that
 * could be wrong.  The fields are asked in the order of their price.
 */

/* The verdict of a field, or of a whole rule; POL_NEED_* and POL_UNSURE_* are further verdicts. */
enum {
	VERDICT_NO = -1,
	VERDICT_YES = 0
};

#define ALL_FIELDS ((1u << POL_FIELD_MAX) - 1)

static const enum pol_field by_price[POL_FIELD_MAX] = {
	POL_UID,   POL_SERVICE, POL_USER,      POL_TTY,
	POL_RHOST, POL_GROUP,   POL_FROM_USER, POL_FROM_GROUP,
};

/* The value that a list is compared with: a text, or a few numbers. */
struct match_subject {
	const char *text;
	const unsigned *ids;
	size_t count;
	bool may_lack;   /* ids may be more than these */
	bool is_address; /* text is one */
	struct address address;
};

static bool match_is_among(const struct pol_match *m, const struct match_subject *s)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->ids[i] >= m->low && s->ids[i] <= m->high)
			return true;
	}
	return false;
}

/* Without a group's number, or its members, there is no telling who is not in it. */
static int match_range_verdict(const struct pol_match *m, const struct match_subject *s)
{
	if (match_is_among(m, s))
		return VERDICT_YES;
	if (m->members == POL_MEMBERS_UNKNOWN ||
	    (m->members == POL_MEMBERS_DIRECTORY && s->may_lack))
		return POL_UNSURE_GROUP;
	return VERDICT_NO;
}

/* A login that comes from no other host has no rhost; a name may be of any address. */
static int match_net_verdict(const struct pol_match *m, const struct match_subject *s)
{
	if (!s->is_address)
		return s->text[0] ? POL_UNSURE_HOST : VERDICT_NO;
	return address_is_in(&s->address, m->net, m->low) ? VERDICT_YES : VERDICT_NO;
}

static int match_element_verdict(const struct pol_image *image, const struct pol_match *m,
				 const struct match_subject *s)
{
	switch ((enum pol_match_kind)m->kind) {
	case POL_MATCH_TEXT:
		return strcmp(policy_str(image, m->text), s->text) == 0 ? VERDICT_YES : VERDICT_NO;
	case POL_MATCH_GLOB:
		if (m->addresses && !s->is_address)
			return s->text[0] ? POL_UNSURE_HOST : VERDICT_NO;
		return fnmatch(policy_str(image, m->text), s->text, FNM_NOESCAPE) == 0 ? VERDICT_YES
										       : VERDICT_NO;
	case POL_MATCH_RANGE:
		return match_range_verdict(m, s);
	case POL_MATCH_NET:
		return match_net_verdict(m, s);
	case POL_MATCH_MAX:
		break;
	}
	return VERDICT_NO;
}

/* One element that excludes for sure decides; so does one that includes, if none may exclude. */
static int match_list_verdict(const struct pol_image *image, struct pol_list list,
			      const struct match_subject *s)
{
	const struct pol_match *rows = policy_table(image, POL_TABLE_MATCHES);
	int in = VERDICT_NO, out = VERDICT_NO;
	bool has_plain = false;

	rows += list.first;
	for (uint32_t i = 0; i < list.count; i++) {
		int *side = rows[i].negate ? &out : &in;
		int verdict;

		has_plain |= !rows[i].negate;
		if (*side == VERDICT_YES)
			continue;
		verdict = match_element_verdict(image, &rows[i], s);
		if (verdict != VERDICT_NO)
			*side = verdict;
	}
	if (out == VERDICT_YES || (has_plain && in == VERDICT_NO))
		return VERDICT_NO;
	if (out != VERDICT_NO)
		return out;
	return has_plain ? in : VERDICT_YES;
}

/* A caller may give NULL for what there is not. */
static struct match_subject match_of_text(const char *text)
{
	return (struct match_subject){.text = text ? text : ""};
}

/* PAM_TTY is "pts/0" for one consumer and "/dev/pts/0" for the next; rules leave "/dev/" out. */
static struct match_subject match_of_tty(const char *tty)
{
	static const char dev[] = "/dev/";

	if (tty && strncmp(tty, dev, sizeof(dev) - 1) == 0)
		tty += sizeof(dev) - 1;
	return match_of_text(tty);
}

/* Returns 0 with the subject of @field, or POL_NEED_* if it is not known yet. */
static int match_find_subject(const struct pol_login *login, enum pol_field field,
			      struct match_subject *ret)
{
	bool is_caller = field == POL_FROM_USER || field == POL_FROM_GROUP;
	const struct pol_account *who = is_caller ? &login->caller : &login->user;
	int need = is_caller ? POL_NEED_CALLER : POL_NEED_GROUPS;

	*ret = (struct match_subject){.text = ""};
	switch (field) {
	case POL_USER:
	case POL_FROM_USER:
		*ret = match_of_text(who->name);
		return who->name ? 0 : need;
	case POL_GROUP:
	case POL_FROM_GROUP:
		ret->ids = who->groups;
		ret->count = who->group_count;
		ret->may_lack = who->groups_may_lack;
		return who->groups ? 0 : need;
	case POL_UID:
		ret->ids = &login->user.uid;
		ret->count = 1;
		return 0;
	case POL_SERVICE:
		*ret = match_of_text(login->service);
		return 0;
	case POL_TTY:
		*ret = match_of_tty(login->tty);
		return 0;
	case POL_RHOST:
		*ret = match_of_text(login->rhost);
		ret->is_address = address_parse(ret->text, &ret->address) == 0;
		return 0;
	case POL_FIELD_MAX:
		break;
	}
	return 0;
}

/* "No" comes before a question, and a question before what cannot be told. */
static int match_rule_verdict(const struct pol_image *image, const struct pol_rule *rule,
			      const struct pol_login *login, unsigned fields)
{
	int need = VERDICT_YES, unsure = VERDICT_YES;

	for (size_t i = 0; i < POL_FIELD_MAX; i++) {
		struct pol_list list = rule->match[by_price[i]];
		struct match_subject subject;
		int missing, verdict;

		if (list.count == 0 || !(fields & 1u << by_price[i]))
			continue;
		missing = match_find_subject(login, by_price[i], &subject);
		if (missing != 0) {
			need = need == VERDICT_YES ? missing : need;
			continue;
		}
		verdict = match_list_verdict(image, list, &subject);
		if (verdict == VERDICT_NO)
			return VERDICT_NO;
		unsure = verdict == VERDICT_YES ? unsure : verdict;
	}
	return need != VERDICT_YES ? need : unsure;
}

bool policy_is_for_jobs(const struct pol_image *image, const struct pol_rule *rule)
{
	return rule->action == POL_ACTION_POLICY &&
	       policy_get(image, rule->policy)->scope == POL_SCOPE_JOB;
}

/* The verdict of a rule's job; it costs the helper one file, so it comes before other questions. */
static int match_job_verdict(const struct pol_image *image, const struct pol_rule *rule,
			     const struct pol_login *login)
{
	struct job_place place;

	if (!policy_is_for_jobs(image, rule))
		return VERDICT_YES;
	if (!login->cgroups)
		return POL_NEED_CGROUPS;
	return job_find(policy_str(image, policy_get(image, rule->policy)->job.cgroup),
			login->cgroups, &place)
		       ? VERDICT_YES
		       : VERDICT_NO;
}

/* Whether @verdict asks for something, after which policy_match() is called again. */
static bool match_is_question(int verdict)
{
	return verdict == POL_NEED_GROUPS || verdict == POL_NEED_CALLER ||
	       verdict == POL_NEED_CGROUPS;
}

int policy_match(const struct pol_image *image, const struct pol_login *login,
		 const struct pol_rule **ret)
{
	uint64_t count = image->table[POL_TABLE_RULES].count;

	for (uint32_t i = 0; i < count; i++) {
		const struct pol_rule *rule = policy_rule(image, i);
		int verdict = match_rule_verdict(image, rule, login, ALL_FIELDS), job;

		if (verdict == VERDICT_NO)
			continue;
		job = match_job_verdict(image, rule, login);
		if (job == VERDICT_NO)
			continue;
		verdict = job != VERDICT_YES ? job : verdict;
		if (!match_is_question(verdict))
			*ret = rule;
		return verdict;
	}
	return POL_NO_MATCH;
}

bool policy_rule_matches(const struct pol_image *image, const struct pol_rule *rule,
			 const struct pol_login *login, unsigned fields)
{
	return match_rule_verdict(image, rule, login, fields) == VERDICT_YES;
}

bool policy_lets_in(const struct pol_image *image, const struct pol_rule *rule)
{
	if (rule->on_error < POL_ERROR_MAX)
		return rule->on_error == POL_ERROR_ALLOW;
	return rule->action == POL_ACTION_POLICY &&
	       policy_get(image, rule->policy)->on_error == POL_ERROR_ALLOW;
}

const char *policy_unsure(int outcome, const struct pol_login *login, char *buf, size_t size)
{
	if (outcome == POL_UNSURE_HOST)
		text_fmt(buf, size,
			 "the rule names addresses, and rhost is the name \"%.64s\", which is "
			 "not looked up: name it in a rule of its own",
			 login->rhost);
	else
		text_fmt(buf, size,
			 "the directory service did not answer, so that it cannot be told "
			 "whether %.64s is in a group that the rule names",
			 login->user.name ? login->user.name : "the user");
	return buf;
}

static bool match_is_of_directory(const struct pol_match *m)
{
	return m->kind == POL_MATCH_RANGE && m->members != POL_MEMBERS_LOCAL;
}

bool policy_asks_directory(const struct pol_image *image)
{
	const struct pol_match *rows = policy_table(image, POL_TABLE_MATCHES);

	for (uint64_t i = 0; i < image->table[POL_TABLE_MATCHES].count; i++)
		if (match_is_of_directory(&rows[i]))
			return true;
	return false;
}

unsigned policy_directory_groups(const struct pol_image *image, gid_t *ret, unsigned max)
{
	const struct pol_match *rows = policy_table(image, POL_TABLE_MATCHES);
	unsigned count = 0;

	for (uint64_t i = 0; i < image->table[POL_TABLE_MATCHES].count && count < max; i++) {
		bool is_new = match_is_of_directory(&rows[i]) && rows[i].low == rows[i].high;

		for (unsigned n = 0; n < count && is_new; n++)
			is_new = ret[n] != rows[i].low;
		if (is_new)
			ret[count++] = rows[i].low;
	}
	return count;
}

const struct pol_policy *policy_built_by(const struct pol_image *image, const char *name,
					 uint64_t digest)
{
	for (uint32_t i = 0; image && i < image->table[POL_TABLE_POLICIES].count; i++) {
		const struct pol_policy *policy = policy_get(image, i);

		if (policy->digest == digest && strcmp(policy_str(image, policy->name), name) == 0)
			return policy;
	}
	return NULL;
}
