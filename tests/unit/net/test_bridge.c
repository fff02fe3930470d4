/* SPDX-License-Identifier: MIT */
/* The bridge of a policy: made with its addresses, an administrator's one used as it is, and no other one touched */
#include "tests/unit/net/network.h"

#include "net/host_side.h"
#include "net/net.h"
#include "net/net_names.h"

#define BRIDGE "nsit0"

static struct link_socket host;

/* The policy's and the record's part about the bridge. */
static struct net_config config_of_pools(const char *pool4, const char *pool6)
{
	struct net_config c = {.mode = NET_BRIDGE, .create = true, .bridge = BRIDGE, .mtu = 1400};

	if (pool4)
		c.pool[NET_V4] = network_prefix(pool4);
	if (pool6)
		c.pool[NET_V6] = network_prefix(pool6);
	return c;
}

static void expect_refused(const struct net_config *c, int error, const char *words)
{
	struct net_record rec = {.bridge = BRIDGE, .pool = {"10.77.0.0/16"}};
	struct nsi_fail f = {""};
	const int r = bridge_ready(&host, NETWORK_RUNDIR, c, &rec, &f);

	faults_check(r == -error && strstr(f.what, words), "%d, \"%s\"", r, f.what);
}

static void make_new(void *arg)
{
	const struct net_config c = config_of_pools("10.77.0.0/16", "fd77::/64");
	struct net_record rec = {.bridge = BRIDGE};
	struct nsi_fail f = {""};
	char group[16];
	int index;

	(void)arg;
	network_make(&host);
	index = bridge_ready(&host, NETWORK_RUNDIR, &c, &rec, &f);
	faults_check(index > 0 && (unsigned)index == if_nametoindex(BRIDGE), "%s", f.what);
	faults_check(strcmp(rec.gateway[NET_V4], "10.77.0.1") == 0 &&
			     strcmp(rec.gateway[NET_V6], "fd77::1") == 0,
		     "gateways %s %s", rec.gateway[NET_V4], rec.gateway[NET_V6]);
	faults_check(network_shown(BRIDGE, "bridge/bridge_id")[0], "it is no bridge");
	faults_check(network_is_up(BRIDGE), "it is down");
	faults_check(strcmp(network_shown(BRIDGE, "mtu"), "1400") == 0, "another MTU");
	faults_check(strcmp(network_shown(BRIDGE, "ifalias"), "nsisolate " NETWORK_RUNDIR) == 0,
		     "nothing says whose it is");
	(void)snprintf(group, sizeof(group), "%u", (unsigned)names_group(NETWORK_RUNDIR));
	faults_check(strcmp(network_shown(BRIDGE, "netdev_group"), group) == 0, "another group");

	faults_check(bridge_ready(&host, NETWORK_RUNDIR, &c, &rec, &f) == index, "%s", f.what);
	faults_check(network_count_addresses(BRIDGE, "10.77.0.1/16") == 1, "not one of IPv4");
	faults_check(network_count_addresses(BRIDGE, "fd77::1/64") == 1, "not one of IPv6");
}

static void meet_others(void *arg)
{
	struct net_config c = config_of_pools("10.77.0.0/16", NULL);
	int index;

	(void)arg;
	network_make(&host);
	c.create = false;
	expect_refused(&c, ENODEV, "make it, or say create = true");
	index = network_add_veth(&host, BRIDGE, 0);
	expect_refused(&c, EEXIST, "is there and is no bridge");
	faults_check(link_delete(&host, index) == 0 && link_add_bridge(&host, BRIDGE, 0, 0) == 0,
		     "no bridge: %s", host.said);
	c.create = true;
	expect_refused(&c, EEXIST, "it is not ours: leave out create = true");
	faults_check(!network_is_up(BRIDGE) && !network_shown(BRIDGE, "ifalias")[0],
		     "the other's bridge is changed");
}

static void meet_rivals(void *arg)
{
	const struct net_config c = config_of_pools("10.77.0.0/16", NULL);
	const struct inet_prefix rival = network_prefix("10.77.5.1/24");
	const struct inet_route route = {.dst = network_prefix("10.76.0.0/15")};
	int index;

	(void)arg;
	network_make(&host);
	index = network_add_veth(&host, "nsit1", 0);
	faults_check(link_add_address(&host, index, &rival) == 0, "%s", host.said);
	expect_refused(&c, EADDRINUSE,
		       "the pool 10.77.0.0/16 is occupied: the host has 10.77.5.1/24");
	faults_check(link_delete(&host, index) == 0, "%s", host.said);
	index = network_add_line(&host, "nsit1");
	faults_check(link_add_route(&host, index, &route) == 0, "%s", host.said);
	expect_refused(&c, EADDRINUSE, "the host has 10.76.0.0/15 on another interface");
	faults_check(network_count_addresses(BRIDGE, "10.77.0.1/16") == 0,
		     "it has the address of an occupied pool");
}

static void use_the_administrators(void *arg)
{
	struct net_config c = config_of_pools("10.77.0.0/16", NULL);
	const struct inet_prefix address = network_prefix("10.77.0.254/16");
	struct net_record rec = {.bridge = BRIDGE};
	struct nsi_fail f = {""};
	int index;

	(void)arg;
	network_make(&host);
	faults_check(link_add_bridge(&host, BRIDGE, 0, 0) == 0, "%s", host.said);
	index = (int)if_nametoindex(BRIDGE);
	c.create = false;
	faults_check(bridge_ready(&host, NETWORK_RUNDIR, &c, &rec, &f) == index, "%s", f.what);
	faults_check(!rec.gateway[NET_V4][0], "a gateway %s", rec.gateway[NET_V4]);
	c.nat = true;
	expect_refused(&c, EADDRNOTAVAIL,
		       "the bridge " BRIDGE " has no address in the pool 10.77.0.0/16");
	faults_check(link_add_address(&host, index, &address) == 0, "%s", host.said);
	faults_check(bridge_ready(&host, NETWORK_RUNDIR, &c, &rec, &f) == index, "%s", f.what);
	faults_check(strcmp(rec.gateway[NET_V4], "10.77.0.254") == 0, "a gateway %s",
		     rec.gateway[NET_V4]);
	faults_check(network_count_addresses(BRIDGE, "10.77.0.1/16") == 0 && !network_is_up(BRIDGE),
		     "the administrator's bridge is changed");
}

static void remove_ours(void *arg)
{
	struct nsi_fail f = {""};

	(void)arg;
	network_make(&host);
	faults_check(bridge_remove(&host, NETWORK_RUNDIR, BRIDGE, &f) == 0, "%s", f.what);
	faults_check(link_add_bridge(&host, BRIDGE, names_group(NETWORK_RUNDIR), 0) == 0 &&
			     link_add_bridge(&host, "nsit1", 0, 0) == 0,
		     "no bridges: %s", host.said);
	faults_check(bridge_remove(&host, "/run/another", BRIDGE, &f) == 0 &&
			     if_nametoindex(BRIDGE) > 0,
		     "another helper's is removed: %s", f.what);
	faults_check(bridge_remove(&host, NETWORK_RUNDIR, "nsit1", &f) == 0 &&
			     if_nametoindex("nsit1") > 0,
		     "an administrator's is removed: %s", f.what);
	faults_check(bridge_remove(&host, NETWORK_RUNDIR, BRIDGE, &f) == 0 &&
			     if_nametoindex(BRIDGE) == 0,
		     "it is left: %s", f.what);
}

TEST(test_a_new_bridge_has_the_first_address_of_each_pool_once)
{
	network_test(make_new);
}

TEST(test_what_is_no_bridge_of_ours_is_refused_and_not_changed)
{
	network_test(meet_others);
}

TEST(test_a_pool_with_addresses_or_routes_of_others_is_refused)
{
	network_test(meet_rivals);
}

TEST(test_an_administrators_bridge_is_the_gateway_by_its_own_address)
{
	network_test(use_the_administrators);
}

TEST(test_only_the_helpers_own_bridge_is_removed)
{
	network_test(remove_ours);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_new_bridge_has_the_first_address_of_each_pool_once),
		cmocka_unit_test(test_what_is_no_bridge_of_ours_is_refused_and_not_changed),
		cmocka_unit_test(test_a_pool_with_addresses_or_routes_of_others_is_refused),
		cmocka_unit_test(test_an_administrators_bridge_is_the_gateway_by_its_own_address),
		cmocka_unit_test(test_only_the_helpers_own_bridge_is_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
