/* SPDX-License-Identifier: MIT */
#include "policy/match.h"

#include <fnmatch.h>
#include <string.h>

#include "policy/address.h"
#include "policy/image.h"

/*
 * DOC: what a login costs
 *
 * Rules are tried one after the other.  An image of 10,000 rules is a few hundred
 * kilobytes that lie side by side, and a rule for somebody else falls at its first
 * comparison, so a scan takes a fraction of a millisecond and needs no index that
 * could be wrong.  The fields are asked in the order of their price.
 */

/* What a field, and then a rule, says to a login; POL_NEED_* are further verdicts. */
enum {
	VERDICT_NO = -1,
	VERDICT_YES = 0
};

#define ALL_FIELDS ((1u << POL_FIELD_MAX) - 1)

static const enum pol_field by_price[POL_FIELD_MAX] = {
	POL_UID,   POL_SERVICE, POL_USER,      POL_TTY,
	POL_RHOST, POL_GROUP,   POL_FROM_USER, POL_FROM_GROUP,
};

/* The value that a list is held against: a text, or a few numbers. */
struct subject {
	const char *text;
	const unsigned *ids;
	size_t count;
	bool is_address; /* text is one */
	struct address address;
};

static bool element_matches(const struct pol_image *image, const struct pol_match *m,
			    const struct subject *s)
{
	switch ((enum pol_match_kind)m->kind) {
	case POL_MATCH_TEXT:
		return strcmp(policy_str(image, m->text), s->text) == 0;
	case POL_MATCH_GLOB:
		return fnmatch(policy_str(image, m->text), s->text, FNM_NOESCAPE) == 0;
	case POL_MATCH_RANGE:
		for (size_t i = 0; i < s->count; i++) {
			if (s->ids[i] >= m->low && s->ids[i] <= m->high)
				return true;
		}
		return false;
	case POL_MATCH_NET:
		return s->is_address && address_is_in(&s->address, m->net, m->low);
	case POL_MATCH_MAX:
		break;
	}
	return false;
}

static int list_verdict(const struct pol_image *image, struct pol_list list,
			const struct subject *s)
{
	const struct pol_match *rows = policy_table(image, POL_TABLE_MATCHES);
	bool has_plain = false, is_in = false;

	rows += list.first;
	for (uint32_t i = 0; i < list.count; i++) {
		bool hit;

		has_plain |= !rows[i].negate;
		if (!rows[i].negate && is_in)
			continue;
		hit = element_matches(image, &rows[i], s);
		if (hit && rows[i].negate)
			return VERDICT_NO;
		is_in |= hit;
	}
	return is_in || !has_plain ? VERDICT_YES : VERDICT_NO;
}

/* A caller may give NULL for what there is not. */
static struct subject of_text(const char *text)
{
	return (struct subject){.text = text ? text : ""};
}

/* PAM_TTY is "pts/0" for one consumer and "/dev/pts/0" for the next; rules leave "/dev/" out. */
static struct subject of_tty(const char *tty)
{
	static const char dev[] = "/dev/";

	if (tty && strncmp(tty, dev, sizeof(dev) - 1) == 0)
		tty += sizeof(dev) - 1;
	return of_text(tty);
}

/* Returns 0 with the subject of @field, or POL_NEED_* if it is not known yet. */
static int find_subject(const struct pol_login *login, enum pol_field field, struct subject *ret)
{
	bool is_caller = field == POL_FROM_USER || field == POL_FROM_GROUP;
	const struct pol_account *who = is_caller ? &login->caller : &login->user;
	int need = is_caller ? POL_NEED_CALLER : POL_NEED_GROUPS;

	*ret = (struct subject){.text = ""};
	switch (field) {
	case POL_USER:
	case POL_FROM_USER:
		*ret = of_text(who->name);
		return who->name ? 0 : need;
	case POL_GROUP:
	case POL_FROM_GROUP:
		ret->ids = who->groups;
		ret->count = who->group_count;
		return who->groups ? 0 : need;
	case POL_UID:
		ret->ids = &login->user.uid;
		ret->count = 1;
		return 0;
	case POL_SERVICE:
		*ret = of_text(login->service);
		return 0;
	case POL_TTY:
		*ret = of_tty(login->tty);
		return 0;
	case POL_RHOST:
		*ret = of_text(login->rhost);
		ret->is_address = address_parse(ret->text, &ret->address) == 0;
		return 0;
	case POL_FIELD_MAX:
		break;
	}
	return 0;
}

static int rule_verdict(const struct pol_image *image, const struct pol_rule *rule,
			const struct pol_login *login, unsigned fields)
{
	int need = VERDICT_YES;

	for (size_t i = 0; i < POL_FIELD_MAX; i++) {
		struct pol_list list = rule->match[by_price[i]];
		struct subject subject;
		int missing;

		if (list.count == 0 || !(fields & 1u << by_price[i]))
			continue;
		missing = find_subject(login, by_price[i], &subject);
		if (missing == 0 && list_verdict(image, list, &subject) == VERDICT_NO)
			return VERDICT_NO;
		if (missing != 0 && need == VERDICT_YES)
			need = missing;
	}
	return need;
}

int policy_match(const struct pol_image *image, const struct pol_login *login,
		 const struct pol_rule **ret)
{
	uint64_t count = image->table[POL_TABLE_RULES].count;

	for (uint32_t i = 0; i < count; i++) {
		const struct pol_rule *rule = policy_rule(image, i);
		int verdict = rule_verdict(image, rule, login, ALL_FIELDS);

		if (verdict == VERDICT_NO)
			continue;
		if (verdict == VERDICT_YES)
			*ret = rule;
		return verdict;
	}
	return POL_NO_MATCH;
}

bool policy_rule_matches(const struct pol_image *image, const struct pol_rule *rule,
			 const struct pol_login *login, unsigned fields)
{
	return rule_verdict(image, rule, login, fields) == VERDICT_YES;
}
