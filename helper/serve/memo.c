/* SPDX-License-Identifier: MIT */
#include "serve/memo.h"

#include <stddef.h>
#include <string.h>

#include "base/hash.h"
#include "policy/image.h"
#include "policy/match.h"

/* Appends @text with its end.  Returns false if there is no room. */
static bool memo_put(struct memo_entry *e, const char *text)
{
	size_t len = strlen(text ? text : "") + 1;

	if (e->size + len > sizeof(e->text))
		return false;
	memcpy(e->text + e->size, text ? text : "", len);
	e->size += (uint32_t)len;
	return true;
}

/* Fills the properties that the verdict depends on; false for a login that is not cached. */
static bool memo_fill(struct memo_entry *e, const struct pol_login *login)
{
	const struct pol_account *caller = &login->caller;

	e->used = true;
	e->size = 0;
	e->uid = login->user.uid;
	e->gid = login->user.gid;
	e->caller_uid = caller->uid;
	if (login->user.groups || caller->groups || caller->name)
		return false;
	return memo_put(e, login->user.name) && memo_put(e, login->service) &&
	       memo_put(e, login->tty) && memo_put(e, login->rhost);
}

static struct memo_entry *place_of(struct memo *m, const struct memo_entry *e)
{
	uint64_t hash = hash_bytes(HASH_START ^ e->uid, e->text, e->size);

	return &m->entry[(hash >> 20) % MEMO_ENTRIES];
}

static bool memo_is_same(const struct memo_entry *a, const struct memo_entry *b)
{
	return a->used && a->uid == b->uid && a->gid == b->gid && a->caller_uid == b->caller_uid &&
	       a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

int memo_match(struct memo *m, const struct pol_image *image, const struct pol_login *login,
	       const struct pol_rule **ret)
{
	struct memo_entry wanted, *place;

	if (!memo_fill(&wanted, login))
		return policy_match(image, login, ret);
	place = place_of(m, &wanted);
	if (!memo_is_same(place, &wanted)) {
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

void memo_clear(struct memo *m)
{
	for (unsigned i = 0; i < MEMO_ENTRIES; i++)
		m->entry[i].used = false;
}
