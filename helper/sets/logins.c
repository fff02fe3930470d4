/* SPDX-License-Identifier: MIT */
#include "sets/logins.h"

#include <string.h>

#include "policy/image.h"
#include "sets/all.h"
#include "sets/set.h"

/* Whether systemd opens such a session beside every login, for its user@.service. */
static bool logins_is_companion(const char *service)
{
	return strcmp(service, "systemd-user") == 0;
}

static bool logins_is_of_policy(const struct set *set, const char *policy)
{
	return set && strcmp(set->rec.policy, policy) == 0;
}

static bool logins_is_orphan(const struct set *set, uint32_t uid)
{
	return set->rec.is_orphaned && set->session_count == 0 && set->state != SET_ENDING &&
	       set->rec.uid == uid;
}

/* Whether @set has a session of @uid that can stand for others. */
static bool logins_has_login(const struct set *set, uint32_t uid)
{
	const struct session *s;

	LIST_FOREACH (s, &set->sessions, link)
		if (s->rec.uid == uid && !logins_is_companion(s->rec.service))
			return true;
	return logins_is_orphan(set, uid);
}

/*
 * @s was opened from inside its own set.  It is part of any session that came from outside;
 * of those that did not, the first in the list counts for all.
 */
static bool logins_is_part_of_own_set(const struct session *s)
{
	const struct session *t;
	bool is_before = true;

	LIST_FOREACH (t, &s->set->sessions, link) {
		if (t == s)
			is_before = false;
		else if (t->rec.uid == s->rec.uid && !logins_is_companion(t->rec.service) &&
			 (is_before || t->origin.type != ORIGIN_SET ||
			  t->origin.set != s->set->rec.id))
			return true;
	}
	return false;
}

static bool logins_is_session_part(const struct sets *sets, const struct session *s)
{
	const struct set *from;

	if (logins_is_companion(s->rec.service))
		return true;
	if (s->origin.type != ORIGIN_SET)
		return false;
	if (s->origin.set == s->set->rec.id)
		return logins_is_part_of_own_set(s);
	/* Ids grow: of two sets that were entered from each other, the older one counts. */
	from = index_id(&sets->index, s->origin.set);
	return logins_is_of_policy(from, s->set->rec.policy) && from->rec.id < s->set->rec.id &&
	       logins_has_login(from, s->rec.uid);
}

unsigned logins_count(const struct sets *sets, uint32_t uid, const char *policy)
{
	const struct set *set;
	unsigned count = 0;

	for (const struct session *s = index_user(&sets->index, uid); s;
	     s = LIST_NEXT(s, user_link))
		count += s->rec.uid == uid && logins_is_of_policy(s->set, policy) &&
			 !logins_is_session_part(sets, s);
	LIST_FOREACH (set, &sets->all, link)
		count += logins_is_of_policy(set, policy) && logins_is_orphan(set, uid);
	return count;
}

bool logins_is_part(struct sets *sets, uint32_t uid, const char *service, const char *policy,
		    const struct ns_inodes *from)
{
	const struct set *set;

	if (logins_is_companion(service))
		return true;
	set = set_by_namespaces(sets, from);
	return logins_is_of_policy(set, policy) && logins_has_login(set, uid);
}

bool logins_lose_opener(struct set *set, const char *service)
{
	if (set->rec.scope != POL_SCOPE_SESSION || logins_is_companion(service))
		return false;
	set->rec.is_orphaned = true;
	return true;
}
