/* SPDX-License-Identifier: MIT */
/* The reader of lists of users, groups, services and the like, as rules match them */
#include <errno.h>
#include <string.h>

#include "base/inet.h"
#include "policy/group_lookup.h"
#include "policy/read.h"
#include "policy/values.h"

static bool read_is_pattern(const char *text)
{
	return strpbrk(text, "*?[") != NULL;
}

static bool read_refuse_element(struct reader *r, const struct key *key, const config_setting_t *s,
				const char *must)
{
	draft_error(r->d, read_where(r, s), "'%s'%s has \"%.64s\" in it, which must %s", key->name,
		    r->place, config_setting_get_string(s), must);
	return false;
}

/* A name that does not resolve must not make a rule wider than it reads. */
static bool read_unknown_group(struct reader *r, const struct key *key, const config_setting_t *s,
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
	m->members = POL_MEMBERS_LOCAL; /* nobody is in it */
	return true;
}

/* A login that such a rule may be for is refused until it can be told. */
static void read_unsure_group(struct reader *r, const struct key *key, const config_setting_t *s,
			      const char *name, int outcome, const struct group_found *found)
{
	if (outcome == GROUPS_LAST)
		draft_warning(r->d, read_where(r, s),
			      "'%s'%s: cannot look up the group '%.64s' (%s): it has the number "
			      "%u, as before",
			      key->name, r->place, name, strerrordesc_np(found->err), found->gid);
	else
		draft_warning(
			r->d, read_where(r, s),
			"'%s'%s: cannot look up the group '%.64s' (%s): whom this rule may be "
			"for is refused until the name service answers",
			key->name, r->place, name, strerrordesc_np(found->err));
}

static bool read_user_group(struct reader *r, const struct key *key, const config_setting_t *s,
			    const char *name, struct pol_match *m)
{
	int outcome = value_range(name, &m->low, &m->high);
	struct group_found found;

	m->members = POL_MEMBERS_DIRECTORY;
	if (outcome == 0) {
		if (groups_are_local(m->low, m->high))
			m->members = POL_MEMBERS_LOCAL;
		return true;
	}
	if (outcome == -ERANGE)
		return read_refuse_element(r, key, s, "be the number of a group, below 4294967295");
	if (read_is_pattern(name))
		return read_refuse_element(r, key, s,
					   "be the name of one group: patterns are for other keys");
	outcome = groups_find(r->d, name, &found);
	if (outcome < 0) {
		r->d->out_of_memory = true;
		return false;
	}
	if (outcome == GROUPS_UNKNOWN)
		return read_unknown_group(r, key, s, name, m);
	if (outcome != 0)
		read_unsure_group(r, key, s, name, outcome, &found);
	if (found.is_local)
		m->members = POL_MEMBERS_LOCAL;
	m->low = outcome == GROUPS_UNSURE ? 1 : found.gid;
	m->high = outcome == GROUPS_UNSURE ? 0 : found.gid;
	if (outcome == GROUPS_UNSURE)
		m->members = POL_MEMBERS_UNKNOWN;
	return true;
}

/* "10.1.*" or "2001:db8:*": a name that begins like that is somebody's trick. */
static bool read_is_address_pattern(const char *text)
{
	return strchr(text, ':') ||
	       (strchr(text, '.') && strspn(text, "0123456789.*?[]-!") == strlen(text) &&
		strpbrk(text, "0123456789"));
}

/* No name or address of a host contains a "/": a text with one is meant to be a network. */
static bool read_host(struct reader *r, const struct key *key, const config_setting_t *s,
		      const char *text, struct pol_match *m)
{
	struct address net;
	int bits;

	m->kind = read_is_pattern(text) ? POL_MATCH_GLOB : POL_MATCH_TEXT;
	if (m->kind == POL_MATCH_TEXT && address_parse(text, &net) == 0) {
		m->kind = POL_MATCH_NET; /* however it is spelt */
		m->low = ADDRESS_BITS;
		memcpy(m->net, net.bytes, sizeof(m->net));
		return true;
	}
	m->addresses = m->kind == POL_MATCH_GLOB && read_is_address_pattern(text);
	if (!strchr(text, '/'))
		return true;
	bits = address_parse_network(text, &net);
	if (bits == -ERANGE)
		return read_refuse_element(
			r, key, s, "have zeros behind the bits that count, as \"10.0.0.0/8\" has");
	if (bits < 0)
		return read_refuse_element(
			r, key, s, "be a network such as \"10.0.0.0/8\" or \"2001:db8::/32\"");
	m->kind = POL_MATCH_NET;
	m->addresses = 0;
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
			return read_refuse_element(r, key, s,
						   "be a uid such as \"1000\", or \"1000-\"");
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
		m->kind = read_is_pattern(text) ? POL_MATCH_GLOB : POL_MATCH_TEXT;
		break;
	}
	m->text = draft_text(r->d, text);
	return true;
}

static bool match_add_element(struct reader *r, const struct key *key, const config_setting_t *s)
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
		return read_refuse_element(r, key, s, "not be empty");
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
		is_good = match_add_element(r, key, s);
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
		is_good &= match_add_element(r, key, config_setting_get_elem(s, (unsigned)i));
	list.count = (uint32_t)r->d->matches.count - list.first;
	memcpy((char *)row + key->offset, &list, sizeof(list));
	return is_good;
}
