/* SPDX-License-Identifier: MIT */
#include "policy/userns.h"
#include "policy/check.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "policy/draft.h"
#include "policy/keys.h"

static int userns_read_part(const char **at, char end, uint32_t *ret)
{
	size_t len = strspn(*at, "0123456789");
	char digits[16];
	uint64_t value;
	int r;

	if (len == 0 || (*at)[len] != end)
		return -EINVAL;
	if (len >= sizeof(digits))
		return -ERANGE;
	text_fmt(digits, sizeof(digits), "%.*s", (int)len, *at); /* room was checked */
	r = text_u64(digits, UINT32_MAX, &value);
	if (r < 0)
		return r;
	*ret = (uint32_t)value;
	*at += len + (end != '\0');
	return 0;
}

static int userns_read_range(const char *text, struct idmap_range *ret)
{
	struct idmap alone = {0};
	int r = userns_read_part(&text, ':', &ret->inside);

	if (r < 0)
		return r;
	r = userns_read_part(&text, ':', &ret->outside);
	if (r < 0)
		return r;
	r = userns_read_part(&text, '\0', &ret->count);
	if (r < 0)
		return r;
	r = idmap_add(&alone, ret);
	if (r < 0)
		return r;
	if (ret->inside != ret->outside &&
	    (ret->inside < USERNS_SYSTEM_IDS || ret->outside < USERNS_SYSTEM_IDS))
		return -EPERM;
	return USERNS_RANGE;
}

int userns_element(const char *text, bool is_gid, struct idmap_range *range)
{
	*range = (struct idmap_range){.count = USERNS_SYSTEM_IDS};
	if (strcmp(text, "system") == 0)
		return USERNS_SYSTEM;
	if (strcmp(text, "user") == 0)
		return USERNS_USER;
	if (strcmp(text, is_gid ? "subgid" : "subuid") == 0)
		return USERNS_SUB;
	return userns_read_range(text, range);
}

int userns_add_nobody(struct idmap *map)
{
	const struct idmap_range nobody = {USERNS_NOBODY, USERNS_NOBODY, 1};
	int r = idmap_add(map, &nobody);

	return r == -EEXIST ? 0 : r;
}

static struct pol_list userns_usual_map(struct draft *d)
{
	static const char *const words[] = {"system", "user"};
	struct pol_list list = {.first = (uint32_t)d->strings.count};

	for (; list.count < sizeof(words) / sizeof(words[0]); list.count++) {
		pol_str str = draft_text(d, words[list.count]);

		(void)draft_add(d, &d->strings, &str); /* failure is sticky */
	}
	return list;
}

void userns_defaults(struct draft *d, struct draft_policy *p)
{
	struct pol_view *v = &p->row.view;

	if (v->user != POL_USER_MAP) { /* inherited, with another form of its own */
		v->uid_map = v->gid_map = (struct pol_list){0};
		return;
	}
	p->row.types |= ns_bit(NS_USER);
	if (v->uid_map.count == 0)
		v->uid_map = userns_usual_map(d);
	if (v->gid_map.count == 0)
		v->gid_map = userns_usual_map(d);
}

static void userns_check_delegate(struct draft *d, const struct draft_policy *p)
{
	const uint32_t of_use = ns_bit(NS_IPC) | ns_bit(NS_UTS) | ns_bit(NS_NET);
	const uint64_t key = key_bit(K_USER_FORM);
	const char *name = draft_str(d, p->row.name);

	if (!(p->row.types & of_use) && check_is_due(p, key | key_bit(K_NAMESPACES)))
		draft_error(d, p->row.where,
			    "policy '%.64s' has user \"delegate\", so its 'namespaces' must have "
			    "\"ipc\", \"uts\" or \"net\" to be delegated",
			    name);
	if (p->row.scope == POL_SCOPE_GROUP && check_is_due(p, key | key_bit(K_SCOPE)))
		draft_error(d, p->row.where,
			    "policy '%.64s' has user \"delegate\", which needs another scope than "
			    "\"group\": one user would be root over what the others use",
			    name);
	if (check_count_sysctls(d, p, false) > 0 && check_is_due(p, key | key_bit(K_SYSCTL)))
		draft_error(d, p->row.where,
			    "policy '%.64s' has 'sysctl' and user \"delegate\", which do not go "
			    "together: the user could change these values",
			    name);
}

/* The part of a map that is the same for every user; the rest is only known at a login. */
struct outline {
	struct idmap fixed;
	bool is_personal; /* it has ids of whoever logs in */
	int err;
};

static struct outline userns_read_outline(const struct draft *d, struct pol_list list, bool is_gid)
{
	struct outline o = {0};

	for (uint32_t i = 0; i < list.count && o.err == 0; i++) {
		const pol_str *row = draft_row(&d->strings, list.first + i);
		struct idmap_range range;
		int source = userns_element(draft_str(d, *row), is_gid, &range);

		if (source == USERNS_USER || source == USERNS_SUB)
			o.is_personal = true;
		else if (source >= 0)
			o.err = idmap_add(&o.fixed, &range);
	}
	return o;
}

static bool userns_has_ordinary(const struct idmap *map)
{
	const struct idmap_range *last = map->count > 0 ? &map->ranges[map->count - 1] : NULL;

	return last && (uint64_t)last->inside + last->count > USERNS_SYSTEM_IDS;
}

static void userns_check_map(struct draft *d, const struct draft_policy *p, enum key_id key,
			     struct pol_list list)
{
	const struct outline o = userns_read_outline(d, list, key == K_GID_MAP);
	const char *name = draft_str(d, p->row.name), *word = keys[key].name;
	const uint64_t about = key_bit(key) | key_bit(K_USER_FORM) | key_bit(K_SCOPE);

	if (list.count == 0 || !check_is_due(p, about))
		return;
	if (o.err == -EEXIST)
		draft_error(
			d, p->row.where,
			"'%s' in policy '%.64s' has ranges that overlap and say different things",
			word, name);
	else if (o.err < 0)
		draft_error(d, p->row.where, "'%s' in policy '%.64s' has more than %d ranges", word,
			    name, IDMAP_RANGES_MAX);
	else if (!idmap_has(&o.fixed, 0))
		draft_error(
			d, p->row.where,
			"'%s' in policy '%.64s' lacks the id 0, which sshd, login, su, sudo and "
			"cron have when they open a session: add \"system\"",
			word, name);
	else if (!o.is_personal && !userns_has_ordinary(&o.fixed))
		draft_error(d, p->row.where,
			    "'%s' in policy '%.64s' has ids of the system alone, so no user could "
			    "log in: add \"user\"",
			    word, name);
	if (o.err == 0 && o.is_personal && p->row.scope == POL_SCOPE_GROUP)
		draft_error(d, p->row.where,
			    "'%s' in policy '%.64s' has ids of the one who logs in, which needs "
			    "another scope than \"group\": write the ranges out",
			    word, name);
}

static void userns_check_mapped(struct draft *d, const struct draft_policy *p)
{
	const uint64_t about = key_bit(K_USER_FORM) | key_bit(K_SCOPE);
	const struct pol_view *v = &p->row.view;

	if (p->row.scope == POL_SCOPE_GROUP && (v->uid_map.count == 0 || v->gid_map.count == 0) &&
	    check_is_due(p, about | key_bit(K_UID_MAP) | key_bit(K_GID_MAP)))
		draft_error(d, p->row.where,
			    "policy '%.64s' has user \"map\" and scope \"group\", so it needs "
			    "'uid_map' and 'gid_map' with ranges that all members are in",
			    draft_str(d, p->row.name));
	userns_check_map(d, p, K_UID_MAP, v->uid_map);
	userns_check_map(d, p, K_GID_MAP, v->gid_map);
}

static void userns_check_useless(struct draft *d, const struct draft_policy *p, enum key_id key,
				 struct pol_list list)
{
	if (list.count > 0 && (p->seen.given & key_bit(key)) &&
	    check_is_due(p, key_bit(K_USER_FORM) | key_bit(key)))
		draft_error(d, p->row.where, "'%s' in policy '%.64s' needs user = \"map\"",
			    keys[key].name, draft_str(d, p->row.name));
}

void userns_check(struct draft *d, const struct draft_policy *p)
{
	const struct pol_view *v = &p->row.view;

	if (v->user == POL_USER_MAP) {
		userns_check_mapped(d, p);
		return;
	}
	if ((p->row.types & ns_bit(NS_USER)) &&
	    check_is_due(p, key_bit(K_NAMESPACES) | key_bit(K_USER_FORM)))
		draft_error(
			d, p->row.where,
			"policy '%.64s' has the namespace \"user\", which needs user = \"map\": "
			"whose ids are in it? (user = \"delegate\" does without)",
			draft_str(d, p->row.name));
	if (v->user == POL_USER_DELEGATE)
		userns_check_delegate(d, p);
	userns_check_useless(d, p, K_UID_MAP, v->uid_map);
	userns_check_useless(d, p, K_GID_MAP, v->gid_map);
}
