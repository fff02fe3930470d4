/* SPDX-License-Identifier: MIT */
/* How is the network of a policy read, and what must go with what? */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/inet.h"
#include "base/nskind.h"
#include "policy/check.h"
#include "policy/network.h"
#include "policy/read.h"
#include "policy/values.h"

static bool refuse(struct reader *r, const struct net_key *key, const config_setting_t *s)
{
	const char *given = config_setting_get_string(s), *meant = NULL;

	if (given && key->form == FORM_MODE)
		meant = word_suggest(net_modes, given);
	draft_error(r->d, read_where(r, s), "'%s'%s must be %s%s%.64s%s%s%s%s", key->name, r->place,
		    net_forms[key->form], given ? ", not \"" : "", given ? given : "",
		    given ? "\"" : "", meant ? " (did you mean \"" : "", meant ? meant : "",
		    meant ? "\"?)" : "");
	return false;
}

static bool read_element(struct reader *r, const struct net_key *key, const config_setting_t *s,
			 struct pol_list *list)
{
	const char *text = config_setting_get_string(s);
	pol_str str;

	if (!text || !network_is_good(key->form, text))
		return refuse(r, key, s);
	str = draft_text(r->d, text);
	(void)draft_add(r->d, &r->d->strings, &str); /* failure is sticky */
	list->count++;
	return true;
}

static bool read_list(struct reader *r, const struct net_key *key, const config_setting_t *s,
		      struct pol_network *n)
{
	int type = config_setting_type(s), count = config_setting_length(s);
	struct pol_list list = {.first = (uint32_t)r->d->strings.count};
	bool is_good = true;

	if (type == CONFIG_TYPE_STRING)
		is_good = read_element(r, key, s, &list);
	else if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST)
		return refuse(r, key, s);
	if (count > key->max) {
		draft_error(r->d, read_where(r, s), "'%s'%s has more than %u elements", key->name,
			    r->place, key->max);
		return false;
	}
	for (int i = 0; type != CONFIG_TYPE_STRING && i < count; i++)
		is_good &= read_element(r, key, config_setting_get_elem(s, (unsigned)i), &list);
	memcpy((char *)n + key->offset, &list, sizeof(list));
	return is_good;
}

static bool read_text(struct reader *r, const struct net_key *key, const config_setting_t *s,
		      struct pol_network *n)
{
	const char *text = config_setting_get_string(s);
	uint64_t mtu;
	pol_str str;
	int mode;

	if (!text)
		return refuse(r, key, s);
	switch (key->form) {
	case FORM_MODE:
		mode = word_find(net_modes, text);
		n->mode = (uint8_t)(mode < 0 ? 0 : mode);
		return mode >= 0 || refuse(r, key, s);
	case FORM_PEERS:
		n->peers = strcmp(text, "peers") == 0;
		return n->peers || refuse(r, key, s);
	case FORM_MTU:
		if (value_count(text, 65535, &mtu) < 0 || mtu < 68)
			return refuse(r, key, s);
		n->mtu = (uint32_t)mtu;
		return true;
	default:
		if (*text == '\0' || !network_is_good(key->form, text))
			return refuse(r, key, s);
		str = draft_text(r->d, text);
		memcpy((char *)n + key->offset, &str, sizeof(str));
		return true;
	}
}

static bool read_value(struct reader *r, const struct net_key *key, const config_setting_t *s,
		       struct pol_network *n)
{
	if (key->said)
		*((uint8_t *)n + key->said) = 1;
	if (network_is_list(key))
		return read_list(r, key, s, n);
	if (key->form != FORM_BOOL)
		return read_text(r, key, s, n);
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		return refuse(r, key, s);
	*((uint8_t *)n + key->offset) = config_setting_get_bool(s) != 0;
	return true;
}

static const struct net_key *find_key(const char *name, const char **ret_meant)
{
	const char *words[NET_KEYS + 1] = {NULL};

	for (size_t i = 0; i < NET_KEYS; i++) {
		if (strcmp(net_keys[i].name, name) == 0)
			return &net_keys[i];
		words[i] = net_keys[i].name;
	}
	*ret_meant = word_suggest(words, name);
	return NULL;
}

/* Two of one family would leave one without a use. */
static bool check_families(struct reader *r, const char *name, struct pol_list list,
			   struct pol_where where)
{
	struct inet_prefix a, b;
	const pol_str *rows;

	if (list.count < 2 || r->d->out_of_memory)
		return true;
	rows = draft_row(&r->d->strings, list.first);
	if (inet_read_interface(draft_str(r->d, rows[0]), &a) < 0 ||
	    inet_read_interface(draft_str(r->d, rows[1]), &b) < 0 || a.family != b.family)
		return true;
	draft_error(r->d, where, "'%s'%s has two of %s: one of each family is what a set gets",
		    name, r->place, a.family == AF_INET ? "IPv4" : "IPv6");
	return false;
}

static bool need(struct reader *r, bool has, const char *key, const struct pol_network *n)
{
	if (has)
		return true;
	draft_error(r->d, n->where, "'%s' is missing%s: mode \"%s\" needs it", key, r->place,
		    net_modes[n->mode]);
	return false;
}

static bool check_row(struct reader *r, const config_setting_t *s, const struct pol_network *n)
{
	bool is_good = true;

	for (size_t i = 0; i < NET_KEYS; i++) {
		const config_setting_t *m = config_setting_get_member(s, net_keys[i].name);

		if (!m || (net_keys[i].modes & (1u << n->mode)))
			continue;
		draft_error(r->d, read_where(r, m), "'%s'%s is not for mode \"%s\"",
			    net_keys[i].name, r->place, net_modes[n->mode]);
		is_good = false;
	}
	if (n->mode == POL_NET_BRIDGE) {
		is_good &= need(r, n->bridge != 0, "bridge", n);
		is_good &= need(r, n->pools.count > 0, "pool", n);
	} else if (n->mode == POL_NET_NETNS) {
		is_good &= need(r, n->name != 0, "name", n);
	} else if (n->mode == POL_NET_MACVLAN) {
		is_good &= need(r, n->parent != 0, "parent", n);
	}
	is_good &= check_families(r, "pool", n->pools, n->where);
	return check_families(r, "address", n->addresses, n->where) && is_good;
}

static bool read_keys(struct reader *r, const config_setting_t *s, struct pol_network *n)
{
	bool is_good = true;

	for (int i = 0; i < config_setting_length(s); i++) {
		const config_setting_t *m = config_setting_get_elem(s, (unsigned)i);
		const char *meant = NULL;
		const struct net_key *key = find_key(config_setting_name(m), &meant);

		if (!key) {
			draft_error(r->d, read_where(r, m), "unknown key '%.64s'%s%s%s%s",
				    config_setting_name(m), r->place,
				    meant ? " (did you mean '" : "", meant ? meant : "",
				    meant ? "'?)" : "");
			is_good = false;
		} else if (!read_value(r, key, m, n)) {
			is_good = false;
		}
	}
	return is_good;
}

bool read_network(struct reader *r, const struct key *key, const config_setting_t *s, void *row)
{
	struct pol_network n = {.where = read_where(r, s), .mode = POL_NET_MAX};
	struct draft_policy *p = row;
	char outside[sizeof(r->place)];
	bool is_good;

	if (config_setting_type(s) != CONFIG_TYPE_GROUP) {
		read_refuse(r, key, s, 0);
		return false;
	}
	memcpy(outside, r->place, sizeof(outside));
	(void)snprintf(r->place, sizeof(r->place), " in the network of policy '%.64s'",
		       draft_str(r->d, p->row.name));
	is_good = read_keys(r, s, &n);
	if (is_good && n.mode == POL_NET_MAX) {
		draft_error(r->d, n.where, "'mode' is missing%s", r->place);
		is_good = false;
	}
	is_good = is_good && check_row(r, s, &n);
	memcpy(r->place, outside, sizeof(outside));
	p->row.network = draft_add(r->d, &r->d->networks, &n) + 1; /* failure is sticky */
	return is_good;
}

static void complain(struct draft *d, const struct draft_policy *p, const struct pol_network *n,
		     const char *what)
{
	draft_error(d, n->where, "the network of policy '%.64s' %s", draft_str(d, p->row.name),
		    what);
}

void check_network(struct draft *d, const struct draft_policy *p)
{
	const struct pol_network *n;
	bool has_net = p->row.kinds & ns_bit(NS_NET), has_mount = p->row.kinds & ns_bit(NS_MNT);

	if (p->row.network == 0 ||
	    (p->seen.bad & (key_bit(K_NETWORK) | key_bit(K_NAMESPACES) | key_bit(K_EXTENDS))))
		return;
	n = draft_row(&d->networks, p->row.network - 1);
	if (n->mode == POL_NET_HOST && has_net)
		complain(d, p, n, "is the host's, so its 'namespaces' cannot have \"net\"");
	if (n->mode != POL_NET_HOST && !has_net)
		complain(d, p, n, "is one of its own, so its 'namespaces' must have \"net\"");
	if ((n->has_dns || n->peers) && !has_mount)
		complain(d, p, n, "has 'dns' or 'hosts', so its 'namespaces' must have \"mount\"");
	if (n->peers && p->row.hostname == 0)
		complain(d, p, n, "has hosts = \"peers\", so the policy must have a 'hostname'");
}
