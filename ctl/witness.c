/* SPDX-License-Identifier: MIT */
/* Example accounts that a rule matches */
#include "ctl/lint.h"

#include <errno.h>
#include <grp.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "policy/image.h"

/* A group that nobody is in: 65534 and below are taken by some system or other. */
#define NO_GROUP (UINT32_MAX - 1)

enum {
	GROUP_MAX = 1 << 20 /* bytes of one group with its members */
};

#define WHO (1u << POL_USER | 1u << POL_UID | 1u << POL_GROUP)

struct witness_search {
	const struct pol_image *image;
	const struct pol_rule *rule;
	struct witnesses *found;
};

void witnesses_done(struct witnesses *w)
{
	for (unsigned i = 0; i < w->count; i++)
		person_done(&w->rows[i].person);
	w->count = 0;
}

struct pol_login witness_login(const struct person *p, const char *service)
{
	static const gid_t root_group = 0;

	return (struct pol_login){
		.user = {.name = p->name,
			 .uid = p->uid,
			 .gid = p->gid,
			 .groups = p->groups,
			 .group_count = (size_t)p->group_count},
		.caller = {.name = "root", .groups = &root_group, .group_count = 1},
		.service = service,
		.cgroups =
			"", /* a job may be the user's any time; a rule for jobs does not shadow others */
	};
}

static const struct pol_match *witness_element(const struct witness_search *s, enum pol_field field,
					       uint32_t i)
{
	const struct pol_match *rows = policy_table(s->image, POL_TABLE_MATCHES);

	return &rows[s->rule->match[field].first + i];
}

/* Takes @p over, if the rule is for them and there is room. */
static void witness_add(struct witness_search *s, struct person *p, bool is_real)
{
	struct pol_login login = witness_login(p, NULL);

	if (s->found->count == WITNESS_MAX || !p->groups ||
	    !policy_rule_matches(s->image, s->rule, &login, WHO)) {
		person_done(p);
		return;
	}
	s->found->rows[s->found->count++] = (struct witness){.person = *p, .is_real = is_real};
}

static void witness_add_named(struct witness_search *s, const char *name)
{
	struct nsi_fail f = {""};
	struct person p;

	if (person_find(name, &p, &f) == 0)
		witness_add(s, &p, true);
}

static void witness_add_users(struct witness_search *s)
{
	for (uint32_t i = 0; i < s->rule->match[POL_USER].count; i++) {
		const struct pol_match *m = witness_element(s, POL_USER, i);

		if (!m->negate && m->kind == POL_MATCH_TEXT)
			witness_add_named(s, policy_str(s->image, m->text));
	}
}

/* A group with its members, in one block that the caller frees; NULL if it cannot be had. */
static struct group *witness_read_group(gid_t gid)
{
	struct group *ret = NULL;

	for (size_t size = 4096; size <= GROUP_MAX; size *= 4) {
		struct group *block = malloc(sizeof(*block) + size);
		int r = block ? getgrgid_r(gid, block, (char *)(block + 1), size, &ret) : ENOMEM;

		if (r == 0 && ret)
			return block;
		free(block);
		if (r != ERANGE)
			return NULL;
	}
	return NULL;
}

/* Those whom the group database lists; whose primary group it is, it does not say. */
static void witness_add_members(struct witness_search *s)
{
	for (uint32_t i = 0; i < s->rule->match[POL_GROUP].count; i++) {
		const struct pol_match *m = witness_element(s, POL_GROUP, i);
		NSI_AUTO_FREE struct group *group = NULL;

		if (m->negate || m->low != m->high)
			continue;
		group = witness_read_group(m->low);
		for (char **name = group ? group->gr_mem : NULL;
		     name && *name && s->found->count < WITNESS_MAX; name++)
			witness_add_named(s, *name);
	}
}

/* A name that the first pattern of "user" matches, or one that no list asks for. */
static void witness_make_name(const struct witness_search *s, char name[NSI_NAME_SIZE])
{
	size_t len = 0;

	(void)text_copy(name, NSI_NAME_SIZE, "somebody");
	for (uint32_t i = 0; i < s->rule->match[POL_USER].count; i++) {
		const struct pol_match *m = witness_element(s, POL_USER, i);

		if (m->negate || m->kind != POL_MATCH_GLOB)
			continue;
		(void)text_copy(name, NSI_NAME_SIZE, policy_str(s->image, m->text));
		break;
	}
	/* "[...]" stays as it is, matches nothing, and so makes no witness. */
	for (len = 0; name[len]; len++)
		if (name[len] == '*' || name[len] == '?')
			name[len] = 'x';
}

/* The first group that the rule asks for. */
static gid_t witness_make_group(const struct witness_search *s)
{
	for (uint32_t i = 0; i < s->rule->match[POL_GROUP].count; i++) {
		const struct pol_match *m = witness_element(s, POL_GROUP, i);

		if (!m->negate && m->low <= m->high)
			return m->low;
	}
	return NO_GROUP;
}

static void witness_add_made(struct witness_search *s, uid_t uid)
{
	struct person p = {.uid = uid, .gid = witness_make_group(s), .group_count = 1};

	witness_make_name(s, p.name);
	p.groups = malloc(sizeof(*p.groups));
	if (p.groups)
		p.groups[0] = p.gid;
	witness_add(s, &p, false);
}

/* With ordinary numbers, and with the first and last of each range that the rule names. */
static void witness_add_made_up(struct witness_search *s)
{
	static const uid_t ordinary[] = {1000, 30000, 59999};

	for (uint32_t i = 0; i < s->rule->match[POL_UID].count; i++) {
		const struct pol_match *m = witness_element(s, POL_UID, i);

		if (m->negate)
			continue;
		witness_add_made(s, m->low);
		witness_add_made(s, m->high);
	}
	for (size_t i = 0; i < sizeof(ordinary) / sizeof(ordinary[0]); i++)
		witness_add_made(s, ordinary[i]);
}

void witnesses_find(const struct pol_image *image, const struct pol_rule *rule,
		    struct witnesses *ret)
{
	struct witness_search s = {.image = image, .rule = rule, .found = ret};

	*ret = (struct witnesses){0};
	witness_add_users(&s);
	witness_add_members(&s);
	if (ret->count == 0)
		witness_add_made_up(&s);
}
