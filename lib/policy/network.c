/* SPDX-License-Identifier: MIT */
#include "policy/network.h"

#include <assert.h>
#include <string.h>

#include "base/inet.h"
#include "policy/image.h"
#include "policy/pathname.h"
#include "policy/template.h"

const char *const net_modes[] = {"host", "none", "netns", "bridge", "macvlan", "user", NULL};
static_assert(sizeof(net_modes) / sizeof(net_modes[0]) == POL_NET_MAX + 1, "a word for each mode");

const char *const net_forms[FORM_MAX] = {
	[FORM_MODE] = "one of \"host\", \"none\", \"netns\", \"bridge\", \"macvlan\", \"user\"",
	[FORM_PEERS] = "\"peers\"",
	[FORM_BOOL] = "true or false, without quotes",
	[FORM_MTU] = "a quoted count from \"68\" to \"65535\"",
	[FORM_TEMPLATE] = "a quoted text such as \"lab-%{user}\"",
	[FORM_PATH] = "a quoted absolute path",
	[FORM_INTERFACE] = "the quoted name of an interface, such as \"br0\"",
	[FORM_POOL] =
		"a network such as \"10.77.0.0/16\", or a list of one of IPv4 and one of IPv6",
	[FORM_ADDRESS] =
		"an address with its network's length, such as \"192.0.2.7/24\", or a list",
	[FORM_ROUTE] = "a list such as [ \"default\", \"10.0.0.0/8 via 10.77.0.1\" ]",
	[FORM_SERVER] = "a list of addresses, such as [ \"192.0.2.53\", \"fd77::53\" ]",
	[FORM_INTERFACES] = "a list of interfaces, such as [ \"eth1\" ]",
	[FORM_FORWARD] = "a list of ports, such as [ \"8080:80\", \"5353:53/udp\" ]",
	[FORM_SYSCTL] = "a list such as [ \"net.ipv4.ip_unprivileged_port_start=0\" ]",
};

#define M(mode)    (1u << POL_NET_##mode)
#define MADE       (M(NONE) | M(BRIDGE) | M(MACVLAN) | M(USER))
#define AT(member) offsetof(struct pol_network, member)

const struct net_key net_keys[NET_KEYS] = {
	{"mode", FORM_MODE, AT(mode), 0, 0, M(HOST) | M(NETNS) | MADE},
	{"name", FORM_TEMPLATE, AT(name), 0, 0, M(NETNS) | MADE},
	{"create", FORM_BOOL, AT(create), 0, 0, M(NETNS) | M(BRIDGE)},
	{"publish", FORM_BOOL, AT(publish), 0, 0, MADE},
	{"bridge", FORM_INTERFACE, AT(bridge), 0, 0, M(BRIDGE)},
	{"pool", FORM_POOL, AT(pools), 0, 2, M(BRIDGE)},
	{"nat", FORM_BOOL, AT(nat), 0, 0, M(BRIDGE)},
	{"isolate_peers", FORM_BOOL, AT(isolate_peers), 0, 0, M(BRIDGE)},
	{"hosts", FORM_PEERS, AT(peers), 0, 0, M(BRIDGE)},
	{"forward", FORM_FORWARD, AT(forwards), 0, POL_NET_FORWARDS_MAX, M(BRIDGE)},
	{"parent", FORM_INTERFACE, AT(parent), 0, 0, M(MACVLAN)},
	{"address", FORM_ADDRESS, AT(addresses), 0, 2, M(MACVLAN)},
	{"routes", FORM_ROUTE, AT(routes), AT(has_routes), POL_NET_ROUTES_MAX,
	 M(BRIDGE) | M(MACVLAN)},
	{"mtu", FORM_MTU, AT(mtu), 0, 0, M(BRIDGE) | M(MACVLAN)},
	{"dns", FORM_SERVER, AT(dns), AT(has_dns), POL_NET_DNS_MAX, M(NETNS) | MADE},
	{"interfaces", FORM_INTERFACES, AT(interfaces), 0, POL_NET_INTERFACES_MAX, MADE},
	{"firewall", FORM_PATH, AT(firewall), 0, 0, MADE},
	{"sysctl", FORM_SYSCTL, AT(sysctls), 0, POL_NET_SYSCTLS_MAX, MADE},
};

static bool is_pool(const char *text)
{
	struct inet_prefix p;

	/* Room for the network, the bridge, one set, and IPv4's broadcast. */
	return inet_read_network(text, &p) == 0 && p.bits > 0 &&
	       p.bits + 2u <= inet_width(p.family);
}

bool network_is_good(enum net_form form, const char *text)
{
	struct inet_forward forward;
	struct inet_prefix prefix;
	struct inet_route route;

	switch (form) {
	case FORM_TEMPLATE:
		return template_check(text) == 0;
	case FORM_PATH:
		return pathname_is_normal(text);
	case FORM_INTERFACE:
	case FORM_INTERFACES:
		return inet_is_interface(text);
	case FORM_POOL:
		return is_pool(text);
	case FORM_ADDRESS:
		return inet_read_interface(text, &prefix) == 0;
	case FORM_ROUTE:
		return inet_read_route(text, &route) == 0;
	case FORM_SERVER:
		return inet_read_address(text, &prefix) == 0;
	case FORM_FORWARD:
		return inet_read_forward(text, &forward) == 0;
	case FORM_SYSCTL:
		return inet_is_sysctl(text);
	default:
		return false;
	}
}

static bool list_is_good(const struct pol_image *image, const struct net_key *key,
			 struct pol_list list)
{
	uint64_t count = image->table[POL_TABLE_STRINGS].count;

	if (list.first > count || list.count > count - list.first || list.count > key->max)
		return false;
	for (uint32_t i = 0; i < list.count; i++) {
		if (!network_is_good(key->form, policy_list_str(image, list, i)))
			return false;
	}
	return true;
}

static bool value_is_good(const struct pol_image *image, const struct net_key *key,
			  const struct pol_network *n)
{
	const char *at = (const char *)n + key->offset;
	struct pol_list list;
	pol_str str;

	if (network_is_list(key)) {
		memcpy(&list, at, sizeof(list));
		return list_is_good(image, key, list);
	}
	switch (key->form) {
	case FORM_MODE:
		return n->mode < POL_NET_MAX;
	case FORM_MTU:
		return n->mtu <= 65535;
	case FORM_BOOL:
	case FORM_PEERS:
		return *(const uint8_t *)at <= 1;
	default:
		memcpy(&str, at, sizeof(str));
		if (str >= image->table[POL_TABLE_POOL].count)
			return false;
		return str == 0 || network_is_good(key->form, policy_str(image, str));
	}
}

/* What a mode cannot do without is said by the loader, and would be missed by the room itself. */
bool network_check_rows(const struct pol_image *image)
{
	const struct pol_network *rows = policy_table(image, POL_TABLE_NETWORKS);

	for (uint64_t i = 0; i < image->table[POL_TABLE_NETWORKS].count; i++) {
		if (rows[i].where.file >= image->table[POL_TABLE_POOL].count ||
		    rows[i].has_routes > 1 || rows[i].has_dns > 1)
			return false;
		for (size_t k = 0; k < NET_KEYS; k++) {
			if (!value_is_good(image, &net_keys[k], &rows[i]))
				return false;
		}
	}
	return true;
}
