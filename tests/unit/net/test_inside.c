/* SPDX-License-Identifier: MIT */
/* The set's side of its network: what the record and the policy say is there, or a sentence says what cannot be */
#include "tests/unit/net/network.h"

#include "net/net.h"
#include "tests/unit/net/rules.h"

#define FIREWALL "/run/firewall.nft"

static const struct net_config bridge = {.mode = NET_BRIDGE};
static const struct net_record record = {
	.mode = "bridge",
	.address = {"10.77.0.9/16", "fd77::9/64"},
	.gateway = {"10.77.0.1", "fd77::1"},
};

static struct link_socket set;

/* The namespace of a set, in which the host has put an interface. */
static void make_set(void)
{
	struct link_info info;

	network_make(&set);
	(void)network_add_veth(&set, NET_INSIDE, 0);
	faults_check(link_find(&set, NET_INSIDE "-peer", &info) == 0 &&
			     link_set_up(&set, info.index) == 0,
		     "%s", set.said);
}

static void set_up(const struct net_config *c, const struct net_record *rec)
{
	struct nsi_fail f = {""};

	faults_check(inside_setup(c, rec, &f) == 0, "%s", f.what);
}

static void expect_refused(const struct net_config *c, const struct net_record *rec, int error,
			   const char *words)
{
	struct nsi_fail f = {""};
	const int r = inside_setup(c, rec, &f);

	faults_check(r == -error && strstr(f.what, words), "%d, \"%s\"", r, f.what);
}

static void furnish(void *arg)
{
	(void)arg;
	make_set();
	set_up(&bridge, &record);
	faults_check(network_is_up("lo") && network_is_up(NET_INSIDE), "an interface is down");
	faults_check(network_count_addresses("lo", "127.0.0.1/8") == 1, "no loopback");
	faults_check(network_count_addresses(NET_INSIDE, "10.77.0.9/16") == 1 &&
			     network_count_addresses(NET_INSIDE, "fd77::9/64") == 1,
		     "an address is not there");
	faults_check(network_has_route(NET_INSIDE, "0.0.0.0/0", "10.77.0.1") &&
			     network_has_route(NET_INSIDE, "::/0", "fd77::1"),
		     "no default route");
}

static void furnish_by_policy(void *arg)
{
	const struct net_record rec = {.mode = "macvlan"};
	struct net_config c = {.mode = NET_MACVLAN, .has_routes = true, .route_count = 2};

	(void)arg;
	c.address[NET_V4] = network_prefix("10.77.0.8/16");
	faults_check(inet_read_route("10.9.0.0/16 via 10.77.0.3", &c.routes[0]) == 0 &&
			     inet_read_route("10.10.0.0/16", &c.routes[1]) == 0,
		     "no routes");
	make_set();
	set_up(&c, &rec);
	faults_check(network_count_addresses(NET_INSIDE, "10.77.0.8/16") == 1, "no address");
	faults_check(network_has_route(NET_INSIDE, "10.9.0.0/16", "10.77.0.3") &&
			     network_has_route(NET_INSIDE, "10.10.0.0/16", NULL),
		     "a route is not there");
	faults_check(!network_has_route(NET_INSIDE, "0.0.0.0/0", "10.77.0.1"),
		     "a default route that is not in the policy");
}

/* A route that names no gateway goes by the bridge's, and no route at all is what the policy may want. */
static void route_by_gateway(void *arg)
{
	struct net_config c = bridge;

	(void)arg;
	c.has_routes = true;
	c.route_count = 1;
	faults_check(inet_read_route("10.9.0.0/16", &c.routes[0]) == 0, "no route");
	make_set();
	set_up(&c, &record);
	faults_check(network_has_route(NET_INSIDE, "10.9.0.0/16", "10.77.0.1"), "another gateway");
	faults_check(!network_has_route(NET_INSIDE, "0.0.0.0/0", "10.77.0.1"), "a default route");
}

static void leave_alone(void *arg)
{
	const struct net_config host = {.mode = NET_HOST}, netns = {.mode = NET_NETNS};
	const struct net_config none = {.mode = NET_NONE};
	struct net_record rec = {.netns = "lab"};

	(void)arg;
	make_set();
	set_up(&host, &rec);
	set_up(&netns, &rec);
	faults_check(!network_is_up("lo"), "an administrator's namespace is changed");
	(void)snprintf(rec.create, sizeof(rec.create), "yes");
	set_up(&netns, &rec);
	faults_check(network_is_up("lo"), "a new namespace has no loopback");
	set_up(&none, &rec);
	faults_check(!network_is_up(NET_INSIDE), "an interface that is not the set's is up");
}

static void set_up_moved(void *arg)
{
	const struct net_config c = {
		.mode = NET_NONE, .interface_count = 1, .interfaces = {"nsit1"}};
	const struct net_record rec = {.mode = "none"};

	(void)arg;
	network_make(&set);
	expect_refused(&c, &rec, ENODEV, "cannot find nsit1 in the session");
	(void)network_add_veth(&set, "nsit1", 0);
	set_up(&c, &rec);
	faults_check(network_is_up("nsit1"), "it is down");
}

static void meet_damage(void *arg)
{
	const struct net_record address = {.address = {"10.77.0.9", ""}};
	const struct net_record gateway = {.address = {"10.77.0.9/16", ""},
					   .gateway = {"10.77", ""}};
	const struct net_record far = {.address = {"10.77.0.9/16", ""}, .gateway = {"10.99.0.1"}};

	(void)arg;
	network_make(&set);
	expect_refused(&bridge, &record, ENODEV, "cannot find eth0 in the session");
	(void)network_add_veth(&set, NET_INSIDE, 0);
	expect_refused(&bridge, &address, EBADMSG,
		       "the record of the session's address is damaged");
	expect_refused(&bridge, &gateway, EBADMSG,
		       "the record of the session's gateway is damaged");
	faults_check(link_delete(&set, (int)if_nametoindex(NET_INSIDE)) == 0, "%s", set.said);
	(void)network_add_veth(&set, NET_INSIDE, 0);
	expect_refused(&bridge, &far, ENETUNREACH, "cannot make the session's route to 0.0.0.0/0");
}

static void set_sysctls(void *arg)
{
	struct net_config c = {
		.mode = NET_NONE,
		.sysctl_count = 2,
		.sysctls = {"net.ipv4.ip_default_ttl=99", "net.ipv4.ping_group_range=5 7"},
	};
	const struct net_record rec = {.mode = "none"};

	(void)arg;
	network_make(&set);
	set_up(&c, &rec);
	faults_check(strcmp(network_read("/proc/sys/net/ipv4/ip_default_ttl"), "99") == 0, "TTL %s",
		     network_read("/proc/sys/net/ipv4/ip_default_ttl"));
	faults_check(strcmp(network_read("/proc/sys/net/ipv4/ping_group_range"), "5\t7") == 0,
		     "groups %s", network_read("/proc/sys/net/ipv4/ping_group_range"));
	(void)snprintf(c.sysctls[1], sizeof(c.sysctls[1]), "net.ipv4.no_such=1");
	expect_refused(&c, &rec, ENOENT, "cannot set /proc/sys/net/ipv4/no_such to 1");
}

static void write_firewall(const char *text, mode_t mode)
{
	FILE *file = fopen(FIREWALL, "we");

	faults_check(file && fputs(text, file) >= 0 && fclose(file) == 0 &&
			     chmod(FIREWALL, mode) == 0,
		     "no firewall: %s", strerror(errno));
}

static void load_firewall(void *arg)
{
	const struct net_config c = {.mode = NET_NONE, .firewall = FIREWALL};
	const struct net_config netns = {.mode = NET_NETNS, .firewall = FIREWALL};
	const struct net_record rec = {.mode = "none"};

	(void)arg;
	rules_need_library();
	network_make(&set);
	expect_refused(&c, &rec, ENOENT, FIREWALL);
	write_firewall("add table inet nsit\n", 0666);
	expect_refused(&c, &rec, EPERM, FIREWALL);
	write_firewall("add no such thing\n", 0600);
	expect_refused(&c, &rec, EINVAL, "cannot load the firewall " FIREWALL ": nftables: ");
	faults_check(!rules_in_force()[0], "in force: %s", rules_in_force());
	write_firewall("add table inet nsit\n", 0600);
	set_up(&netns, &rec);
	faults_check(strstr(rules_in_force(), "table inet nsit {"), "it is not in force");
}

static void load_long_firewall(void *arg)
{
	const struct net_config c = {.mode = NET_NONE, .firewall = FIREWALL};
	const struct net_record rec = {.mode = "none"};

	(void)arg;
	network_make(&set);
	write_firewall("add table inet nsit\n", 0600);
	faults_check(truncate(FIREWALL, 1 << 20) == 0, "it is not long");
	expect_refused(&c, &rec, EFBIG, "cannot read the firewall " FIREWALL);
}

TEST(test_the_set_has_its_addresses_and_the_gateways_routes)
{
	network_test(furnish);
}

TEST(test_the_set_has_the_address_and_the_routes_of_its_policy)
{
	network_test(furnish_by_policy);
}

TEST(test_a_route_without_a_gateway_goes_by_the_bridges)
{
	network_test(route_by_gateway);
}

TEST(test_what_is_not_the_sets_stays_as_it_is)
{
	network_test(leave_alone);
}

TEST(test_interfaces_of_the_hosts_are_set_up_in_the_set)
{
	network_test(set_up_moved);
}

TEST(test_a_damaged_record_or_a_missing_interface_is_a_sentence)
{
	network_test(meet_damage);
}

TEST(test_sysctls_are_set_or_named)
{
	network_test(set_sysctls);
}

TEST(test_a_firewall_is_roots_alone_and_in_force)
{
	network_test(load_firewall);
}

TEST(test_a_firewall_is_not_cut_short)
{
	network_test(load_long_firewall);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_set_has_its_addresses_and_the_gateways_routes),
		cmocka_unit_test(test_the_set_has_the_address_and_the_routes_of_its_policy),
		cmocka_unit_test(test_a_route_without_a_gateway_goes_by_the_bridges),
		cmocka_unit_test(test_what_is_not_the_sets_stays_as_it_is),
		cmocka_unit_test(test_interfaces_of_the_hosts_are_set_up_in_the_set),
		cmocka_unit_test(test_a_damaged_record_or_a_missing_interface_is_a_sentence),
		cmocka_unit_test(test_sysctls_are_set_or_named),
		cmocka_unit_test(test_a_firewall_is_roots_alone_and_in_force),
		cmocka_unit_test(test_a_firewall_is_not_cut_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
