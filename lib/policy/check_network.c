/* SPDX-License-Identifier: MIT */
/* The checks of a network: keys that need or exclude each other */
#include <sys/socket.h>

#include "base/inet.h"
#include "base/nstype.h"
#include "policy/check.h"
#include "policy/read.h"
#include "policy/values.h"

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

static bool network_need(struct reader *r, bool has, const char *key, const struct pol_network *n)
{
	if (has)
		return true;
	draft_error(r->d, n->where, "'%s' is missing%s: mode \"%s\" needs it", key, r->place,
		    keys[K_NET_MODE].words[n->mode]);
	return false;
}

bool check_network_keys(struct reader *r, const config_setting_t *s, const struct pol_network *n)
{
	bool is_good = true;

	for (size_t i = 0; i < K_MAX; i++) {
		const config_setting_t *m = config_setting_get_member(s, keys[i].name);

		if (keys[i].block != KEY_NETWORK || !m || (keys[i].modes & (1u << n->mode)))
			continue;
		draft_error(r->d, read_where(r, m), "'%s'%s is not for mode \"%s\"", keys[i].name,
			    r->place, keys[K_NET_MODE].words[n->mode]);
		is_good = false;
	}
	if (n->mode == NET_BRIDGE) {
		is_good &= network_need(r, n->bridge != 0, "bridge", n);
		is_good &= network_need(r, n->pools.count > 0, "pool", n);
	} else if (n->mode == NET_NETNS) {
		is_good &= network_need(r, n->name != 0, "name", n);
	} else if (n->mode == NET_MACVLAN) {
		is_good &= network_need(r, n->parent != 0, "parent", n);
	}
	is_good &= check_families(r, "pool", n->pools, n->where);
	return check_families(r, "address", n->addresses, n->where) && is_good;
}

static void network_complain(struct draft *d, const struct draft_policy *p,
			     const struct pol_network *n, const char *what)
{
	draft_error(d, n->where, "the network of policy '%.64s' %s", draft_str(d, p->row.name),
		    what);
}

uint32_t check_count_sysctls(const struct draft *d, const struct draft_policy *p, bool is_net)
{
	const struct pol_list list = p->row.view.sysctls;
	uint32_t count = 0;

	for (uint32_t i = 0; i < list.count && !d->out_of_memory; i++) {
		const pol_str *str = draft_row(&d->strings, list.first + i);

		count += value_sysctl_is_net(draft_str(d, *str)) == is_net;
	}
	return count;
}

/* @n: NULL without a network of the policy. */
static void network_check_sysctls(struct draft *d, const struct draft_policy *p,
				  const struct pol_network *n)
{
	const uint32_t count = check_count_sysctls(d, p, true);
	const uint32_t deprecated = n ? n->sysctls.count : 0;

	if (count + deprecated > NET_SYSCTLS)
		draft_error(d, p->row.where,
			    "policy '%.64s' has more than %d elements \"net. ...\" in 'sysctl'",
			    draft_str(d, p->row.name), NET_SYSCTLS);
	if (count > 0 && n && n->mode == NET_NETNS)
		draft_error(d, p->row.where,
			    "policy '%.64s' has \"net. ...\" in 'sysctl' and a network of mode "
			    "\"netns\", whose values its administrator sets",
			    draft_str(d, p->row.name));
}

void check_network(struct draft *d, const struct draft_policy *p)
{
	const struct pol_network *n = NULL;
	bool has_net = p->row.types & ns_bit(NS_NET), has_mount = p->row.types & ns_bit(NS_MNT);

	if (p->seen.bad & (key_bit(K_NETWORK) | key_bit(K_NAMESPACES) | key_bit(K_EXTENDS)))
		return;
	if (p->row.network != 0)
		n = draft_row(&d->networks, p->row.network - 1);
	if (!(p->seen.bad & key_bit(K_SYSCTL)))
		network_check_sysctls(d, p, n);
	if (!n)
		return;
	if (n->mode == NET_HOST && has_net)
		network_complain(d, p, n, "is the host's, so its 'namespaces' cannot have \"net\"");
	if (n->mode != NET_HOST && !has_net)
		network_complain(d, p, n,
				 "is one of its own, so its 'namespaces' must have \"net\"");
	if ((n->has_dns || n->peers) && !has_mount)
		network_complain(d, p, n,
				 "has 'dns' or 'hosts', so its 'namespaces' must have \"mount\"");
	if (n->peers && p->row.hostname == 0)
		network_complain(d, p, n,
				 "has hosts = \"peers\", so the policy must have a 'hostname'");
}
