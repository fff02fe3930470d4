/* SPDX-License-Identifier: MIT */
#include "policy/rule_cache.h"

#include <stddef.h>
#include <string.h>

#include "base/hash.h"
#include "policy/image.h"
#include "policy/match.h"

/* Appends @text with its end.  Returns false if there is no room. */
static bool rule_cache_put(struct rule_cache_entry *e, const char *text)
{
	size_t len = strlen(text ? text : "") + 1;

	if (e->size + len > sizeof(e->text))
		return false;
	memcpy(e->text + e->size, text ? text : "", len);
	e->size += (uint32_t)len;
	return true;
}

/* Fills the properties that the verdict depends on; false for a login that is not cached. */
static bool rule_cache_fill(struct rule_cache_entry *e, const struct pol_login *login)
{
	const struct pol_account *caller = &login->caller;

	e->used = true;
	e->size = 0;
	e->uid = login->user.uid;
	e->gid = login->user.gid;
	e->caller_uid = caller->uid;
	if (login->user.groups || caller->groups || caller->name || login->cgroups)
		return false;
	return rule_cache_put(e, login->user.name) && rule_cache_put(e, login->service) &&
	       rule_cache_put(e, login->tty) && rule_cache_put(e, login->rhost);
}

static struct rule_cache_entry *rule_cache_place(struct rule_cache *m,
						 const struct rule_cache_entry *e)
{
	uint64_t hash = hash_bytes(HASH_START ^ e->uid, e->text, e->size);

	return &m->entry[(hash >> 20) % RULE_CACHE_ENTRIES];
}

static bool rule_cache_is_same(const struct rule_cache_entry *a, const struct rule_cache_entry *b)
{
	return a->used && a->uid == b->uid && a->gid == b->gid && a->caller_uid == b->caller_uid &&
	       a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

int rule_cache_match(struct rule_cache *m, const struct pol_image *image,
		     const struct pol_login *login, const struct pol_rule **ret)
{
	struct rule_cache_entry wanted, *place;

	if (!rule_cache_fill(&wanted, login))
		return policy_match(image, login, ret);
	place = rule_cache_place(m, &wanted);
	if (!rule_cache_is_same(place, &wanted)) {
		const struct pol_rule *rule = policy_rule(image, 0);

		wanted.verdict = policy_match(image, login, &rule);
		if (wanted.verdict < 0)
			return wanted.verdict;
		wanted.rule = (uint32_t)(rule - policy_rule(image, 0));
		*place = wanted;
	}
	if (place->verdict == 0 || place->verdict == POL_UNSURE_HOST)
		*ret = policy_rule(image, place->rule);
	return place->verdict;
}

void rule_cache_clear(struct rule_cache *m)
{
	for (unsigned i = 0; i < RULE_CACHE_ENTRIES; i++)
		m->entry[i].used = false;
}
