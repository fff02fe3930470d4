/* SPDX-License-Identifier: MIT */
/* The switches of a host that forwards for a bridge, which are put back, and the rules in force */
#include "tests/unit/net/network.h"

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include "net/host_side.h"
#include "net/net.h"
#include "tests/unit/net/rules.h"

#define BRIDGE   "nsit0"
#define FORWARD4 "/proc/sys/net/ipv4/ip_forward"
#define FORWARD6 "/proc/sys/net/ipv6/conf/all/forwarding"
#define LOCALNET "/proc/sys/net/ipv4/conf/" BRIDGE "/route_localnet"

static struct link_socket host;

static void write_switch(const char *path, const char *value)
{
	FILE *file = fopen(path, "we");

	faults_check(file && fputs(value, file) >= 0 && fclose(file) == 0, "%s: %s", path,
		     strerror(errno));
}

static bool is_switch(const char *path, const char *value)
{
	return strcmp(network_read(path), value) == 0;
}

/* A host with these switches.  Returns the directory of records. */
static int make_host(const char *forward4, const char *forward6)
{
	network_make(&host);
	write_switch(FORWARD4, forward4);
	write_switch(FORWARD6, forward6);
	return network_open_records();
}

static struct net_config config_of_pools(const char *pool4, const char *pool6)
{
	struct net_config c = {.mode = NET_BRIDGE, .nat = true, .bridge = BRIDGE};

	if (pool4)
		c.pool[NET_V4] = network_prefix(pool4);
	if (pool6)
		c.pool[NET_V6] = network_prefix(pool6);
	return c;
}

static void switch_both(void *arg)
{
	const struct net_config c = config_of_pools("10.77.0.0/16", "fd77::/64");
	const int net_fd = make_host("0", "0");
	struct nsi_fail f = {""};

	(void)arg;
	faults_check(forwarding_on(net_fd, &host, &c, &f) == 0, "%s", f.what);
	faults_check(is_switch(FORWARD4, "1") && is_switch(FORWARD6, "1"), "they are not on");
	faults_check(forwarding_on(net_fd, &host, &c, &f) == 0, "%s", f.what);
	faults_check(forwarding_off(net_fd, &f) == 0, "%s", f.what);
	faults_check(is_switch(FORWARD4, "0") && is_switch(FORWARD6, "0"), "they are not off");
	/* From now on it is the administrator's. */
	write_switch(FORWARD4, "1");
	faults_check(forwarding_off(net_fd, &f) == 0 && is_switch(FORWARD4, "1"),
		     "what others turned on is off: %s", f.what);
}

static void switch_what_was_on(void *arg)
{
	const struct net_config both = config_of_pools("10.77.0.0/16", "fd77::/64");
	const struct net_config one = config_of_pools("10.77.0.0/16", NULL);
	const int net_fd = make_host("1", "0");
	struct nsi_fail f = {""};

	(void)arg;
	faults_check(forwarding_on(net_fd, &host, &one, &f) == 0, "%s", f.what);
	faults_check(is_switch(FORWARD6, "0"), "on without a pool");
	faults_check(forwarding_on(net_fd, &host, &both, &f) == 0, "%s", f.what);
	faults_check(forwarding_off(net_fd, &f) == 0, "%s", f.what);
	faults_check(is_switch(FORWARD4, "1"), "what was on before is off");
	faults_check(is_switch(FORWARD6, "0"), "what was off before is on");
}

/* As the kernel adds it for a router's advertisement. */
static int learn_route(int index)
{
	const struct inet_prefix to = network_prefix("fd99::/32");
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct rtmsg *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));

	h->nlmsg_type = RTM_NEWROUTE;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	r->rtm_family = AF_INET6;
	r->rtm_dst_len = to.bits;
	r->rtm_table = RT_TABLE_MAIN;
	r->rtm_protocol = RTPROT_RA;
	r->rtm_type = RTN_UNICAST;
	mnl_attr_put(h, RTA_DST, sizeof(to.addr), to.addr);
	mnl_attr_put_u32(h, RTA_OIF, (uint32_t)index);
	return link_talk(&host, h, NULL, NULL);
}

static void keep_learned_routes(void *arg)
{
	const struct net_config c = config_of_pools(NULL, "fd77::/64");
	const int net_fd = make_host("0", "0");
	struct nsi_fail f = {""};

	(void)arg;
	faults_check(learn_route(network_add_line(&host, BRIDGE)) == 0, "no route: %s", host.said);
	faults_check(forwarding_on(net_fd, &host, &c, &f) == -EPERM &&
			     strstr(f.what, "see accept_ra = 2"),
		     "\"%s\"", f.what);
	faults_check(is_switch(FORWARD6, "0"), "it is on");
	write_switch(FORWARD6, "1"); /* the administrator knows better */
	faults_check(forwarding_on(net_fd, &host, &c, &f) == 0, "%s", f.what);
}

static void switch_localnet(void *arg)
{
	struct nsi_fail f = {""};

	(void)arg;
	network_make(&host);
	faults_check(forwarding_local(BRIDGE, false, &f) == 0, "%s", f.what);
	faults_check(forwarding_local(BRIDGE, true, &f) == -ENOENT &&
			     strstr(f.what, "cannot set " LOCALNET " to 1"),
		     "\"%s\"", f.what);
	f.what[0] = '\0';
	faults_check(link_add_bridge(&host, BRIDGE, 0, 0) == 0, "%s", host.said);
	faults_check(forwarding_local(BRIDGE, true, &f) == 0 && is_switch(LOCALNET, "1"), "%s",
		     f.what);
	faults_check(forwarding_local(BRIDGE, false, &f) == 0 && is_switch(LOCALNET, "0"), "%s",
		     f.what);
}

static void read_and_write(void *arg)
{
	char long_path[300], value[16];
	struct nsi_fail f = {""};

	(void)arg;
	network_make(&host);
	faults_check(forwarding_write("net/ipv4/ip_default_ttl", "99", &f) == 0 &&
			     is_switch("/proc/sys/net/ipv4/ip_default_ttl", "99"),
		     "%s", f.what);
	faults_check(forwarding_read("net/ipv4/ip_default_ttl", value, sizeof(value)) == 0 &&
			     strcmp(value, "99") == 0,
		     "another value");
	faults_check(forwarding_write("net/ipv4/ip_default_ttl", "x", &f) == -EINVAL &&
			     strstr(f.what, "cannot set /proc/sys/net/ipv4/ip_default_ttl to x: "),
		     "\"%s\"", f.what);
	faults_check(forwarding_read("net/ipv4/no_such", value, sizeof(value)) == -ENOENT,
		     "read what is not there");
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	faults_check(forwarding_read(long_path, value, sizeof(value)) == -ENAMETOOLONG,
		     "cut short");
}

static void apply_rules(void *arg)
{
	const struct net_record rec = {.bridge = BRIDGE,
				       .nat = "yes",
				       .isolate_peers = "yes",
				       .pool = {"10.77.0.0/16", "fd77::/64"},
				       .address = {"10.77.0.9/16", "fd77::9/64"},
				       .forwards = "8080:80/tcp"};
	struct nsi_fail f = {""};
	int net_fd;

	(void)arg;
	rules_need_library();
	network_make(&host);
	net_fd = network_open_records();
	faults_check(state_write(net_fd, 7, &rec, &f) == 0 &&
			     nat_apply(net_fd, NSI_RUNDIR, BRIDGE, &f) == 0 &&
			     nat_apply(net_fd, NSI_RUNDIR, BRIDGE, &f) == 0,
		     "%s", f.what);
	faults_check(strstr(rules_in_force(), "table inet nsi_" BRIDGE " {") &&
			     strstr(rules_in_force(),
				    "ip saddr 10.77.0.0/16 oifname != \"" BRIDGE "\" masquerade") &&
			     strstr(rules_in_force(), "dport 8080 dnat ip to 10.77.0.9:80"),
		     "in force: %s", rules_in_force());
	faults_check(state_retire(net_fd, 7) == 0 && nat_apply(net_fd, NSI_RUNDIR, BRIDGE, &f) == 0,
		     "%s", f.what);
	faults_check(!rules_in_force()[0], "left: %s", rules_in_force());
}

TEST(test_forwarding_is_turned_on_and_off_again)
{
	network_test(switch_both);
}

TEST(test_forwarding_that_was_on_stays_on)
{
	network_test(switch_what_was_on);
}

TEST(test_forwarding_does_not_cost_the_host_its_learned_routes)
{
	network_test(keep_learned_routes);
}

TEST(test_loopback_addresses_lead_to_a_bridge_that_is_there)
{
	network_test(switch_localnet);
}

TEST(test_a_setting_of_the_kernel_is_written_or_refused_with_its_name)
{
	network_test(read_and_write);
}

TEST(test_the_rules_are_in_force_until_the_last_set_ends)
{
	network_test(apply_rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forwarding_is_turned_on_and_off_again),
		cmocka_unit_test(test_forwarding_that_was_on_stays_on),
		cmocka_unit_test(test_forwarding_does_not_cost_the_host_its_learned_routes),
		cmocka_unit_test(test_loopback_addresses_lead_to_a_bridge_that_is_there),
		cmocka_unit_test(test_a_setting_of_the_kernel_is_written_or_refused_with_its_name),
		cmocka_unit_test(test_the_rules_are_in_force_until_the_last_set_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
