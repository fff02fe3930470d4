/* SPDX-License-Identifier: MIT */
/* How is a list of what a login may match read? */
#include <errno.h>
#include <string.h>

#include "policy/address.h"
#include "policy/groups.h"
#include "policy/read.h"
#include "policy/values.h"

static bool is_pattern(const char *text)
{
	return strpbrk(text, "*?[") != NULL;
}

static bool refuse_element(struct reader *r, const struct key *key, const config_setting_t *s,
			   const char *must)
{
	draft_error(r->d, read_where(r, s), "'%s'%s has \"%.64s\" in it, which must %s", key->name,
		    r->place, config_setting_get_string(s), must);
	return false;
}

/* A name that does not resolve must not make a rule wider than it reads. */
static bool unknown_group(struct reader *r, const struct key *key, const config_setting_t *s,
			  const char *name, struct pol_match *m)
{
	if (m->negate) {
		draft_error(r->d, read_where(r, s),
			    "'%s'%s excludes the group '%.64s', which does not exist, so it would "
			    "exclude nobody",
			    key->name, r->place, name);
		return false;
	}
	draft_warning(r->d, read_where(r, s),
		      "'%s'%s names the group '%.64s', which does not exist, so it matches nobody",
		      key->name, r->place, name);
	m->low = 1;
	m->high = 0;
	return true;
}

static bool read_user_group(struct reader *r, const struct key *key, const config_setting_t *s,
			    const char *name, struct pol_match *m)
{
	int found = value_range(name, &m->low, &m->high);
	gid_t gid = 0;

	if (found == 0)
		return true;
	if (found == -ERANGE)
		return refuse_element(r, key, s, "be the number of a group, below 4294967295");
	if (is_pattern(name))
		return refuse_element(r, key, s,
				      "be the name of one group: patterns are for other keys");
	found = groups_find(r->d, name, &gid);
	if (found == GROUPS_UNKNOWN)
		return unknown_group(r, key, s, name, m);
	if (found < 0) {
		draft_error(r->d, read_where(r, s), "'%s'%s: cannot look up the group '%.64s': %s",
			    key->name, r->place, name, strerrordesc_np(-found));
		return false;
	}
	m->low = gid;
	m->high = gid;
	return true;
}

/* No name or address of a host has a "/" in it: what has one is meant to be a network. */
static bool read_host(struct reader *r, const struct key *key, const config_setting_t *s,
		      const char *text, struct pol_match *m)
{
	struct address net;
	int bits;

	m->kind = is_pattern(text) ? POL_MATCH_GLOB : POL_MATCH_TEXT;
	if (!strchr(text, '/'))
		return true;
	bits = address_parse_network(text, &net);
	if (bits == -ERANGE)
		return refuse_element(
			r, key, s, "have zeros behind the bits that count, as \"10.0.0.0/8\" has");
	if (bits < 0)
		return refuse_element(r, key, s,
				      "be a network such as \"10.0.0.0/8\" or \"2001:db8::/32\"");
	m->kind = POL_MATCH_NET;
	m->low = (uint32_t)bits;
	memcpy(m->net, net.bytes, sizeof(m->net));
	return true;
}

/* Reads the element without its "!". */
static bool read_element(struct reader *r, const struct key *key, const config_setting_t *s,
			 const char *text, struct pol_match *m)
{
	static const char dev[] = "/dev/";

	m->kind = POL_MATCH_RANGE;
	switch ((enum pol_field)key->field) {
	case POL_UID:
		if (value_range(text, &m->low, &m->high) < 0)
			return refuse_element(r, key, s, "be a uid such as \"1000\", or \"1000-\"");
		break;
	case POL_GROUP:
	case POL_FROM_GROUP:
		if (!read_user_group(r, key, s, text, m))
			return false;
		break;
	case POL_RHOST:
		if (!read_host(r, key, s, text, m))
			return false;
		break;
	case POL_TTY:
		if (strncmp(text, dev, sizeof(dev) - 1) == 0)
			text += sizeof(dev) - 1;
		/* fallthrough */
	default:
		m->kind = is_pattern(text) ? POL_MATCH_GLOB : POL_MATCH_TEXT;
		break;
	}
	m->text = draft_text(r->d, text);
	return true;
}

static bool add_element(struct reader *r, const struct key *key, const config_setting_t *s)
{
	const char *text = config_setting_get_string(s);
	struct pol_match m = {0};

	if (!text) {
		read_refuse(r, key, s, 0);
		return false;
	}
	m.negate = *text == '!';
	text += m.negate;
	if (*text == '\0')
		return refuse_element(r, key, s, "not be empty");
	if (!read_element(r, key, s, text, &m))
		return false;
	(void)draft_add(r->d, &r->d->matches, &m); /* failure is sticky */
	return true;
}

bool read_match(struct reader *r, const struct key *key, const config_setting_t *s, void *row)
{
	int type = config_setting_type(s), count = config_setting_length(s);
	struct pol_list list = {.first = (uint32_t)r->d->matches.count};
	bool is_good = true;

	if (type == CONFIG_TYPE_STRING) {
		is_good = add_element(r, key, s);
	} else if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST) {
		read_refuse(r, key, s, 0);
		return false;
	} else if (count == 0) {
		draft_error(r->d, read_where(r, s),
			    "'%s'%s is an empty list; leave the key out to match everybody",
			    key->name, r->place);
		return false;
	}
	for (int i = 0; type != CONFIG_TYPE_STRING && i < count; i++)
		is_good &= add_element(r, key, config_setting_get_elem(s, (unsigned)i));
	list.count = (uint32_t)r->d->matches.count - list.first;
	memcpy((char *)row + key->offset, &list, sizeof(list));
	return is_good;
}
