/* SPDX-License-Identifier: MIT */
/* The rules of a bridge by its sets' records, and the switches of the host, which are put back */
#include "tests/unit/net/network.h"

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include "net/host_side.h"
#include "net/net.h"
#include "tests/unit/net/rules.h"
#include "tests/unit/scratch.h"

#define BRIDGE   "nsit0"
#define FORWARD4 "/proc/sys/net/ipv4/ip_forward"
#define FORWARD6 "/proc/sys/net/ipv6/conf/all/forwarding"
#define LOCALNET "/proc/sys/net/ipv4/conf/" BRIDGE "/route_localnet"
#define NO_TABLE "add table inet nsi_br0\ndelete table inet nsi_br0\n"

static struct scratch scratch;
static int dir = -EBADF;

static int begin(void **state)
{
	(void)state;
	if (scratch_make(&scratch) < 0)
		return -1;
	dir = open(scratch.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	nsi_closep(&dir);
	scratch_done(&scratch);
	return 0;
}

static void put_record(uint64_t set, const struct net_record *rec)
{
	struct nsi_fail f = {""};

	assert_int_equal(state_write(dir, set, rec, &f), 0);
}

static void expect_text(const char *bridge, const char *text)
{
	char *got = NULL;
	size_t size = 0;

	assert_int_equal(nat_text(dir, NSI_RUNDIR, bridge, &got, &size), 0);
	assert_string_equal(got, text);
	assert_int_equal(size, strlen(text));
	free(got);
}

TEST(test_a_bridge_whose_sets_need_no_rules_has_no_table)
{
	const struct net_record plain = {.bridge = "br0", .pool = {"10.77.0.0/16"}};
	const struct net_record other = {.bridge = "br1", .nat = "yes", .pool = {"10.78.0.0/16"}};

	expect_text("br0", NO_TABLE);
	put_record(1, &plain);
	put_record(2, &other);
	expect_text("br0", NO_TABLE);
}

TEST(test_nat_masquerades_its_pools_and_lets_nobody_in)
{
	const struct net_record rec = {
		.bridge = "br0", .nat = "yes", .pool = {"10.77.0.0/16", "fd77::/64"}};

	struct net_record other = rec;

	(void)snprintf(other.bridge, sizeof(other.bridge), "br1");
	(void)snprintf(other.pool[NET_V4], INET_TEXT, "10.78.0.0/16");
	put_record(1, &rec);
	put_record(2, &rec); /* the same pools: the same lines */
	put_record(3, &other);
	expect_text(
		"br0", NO_TABLE
		"table inet nsi_br0 {\n"
		"\tchain leaving {\n"
		"\t\ttype nat hook postrouting priority srcnat;\n"
		"\t\tip saddr 10.77.0.0/16 oifname != \"br0\" masquerade\n"
		"\t\tip6 saddr fd77::/64 oifname != \"br0\" masquerade\n"
		"\t}\n"
		"\tchain passing {\n"
		"\t\ttype filter hook forward priority filter;\n"
		"\t\tiifname != \"br0\" ip daddr 10.77.0.0/16 ct state new ct status ! dnat drop\n"
		"\t\tiifname != \"br0\" ip6 daddr fd77::/64 ct state new ct status ! dnat drop\n"
		"\t}\n"
		"}\n");
}

TEST(test_isolated_peers_do_not_meet_by_way_of_the_host)
{
	const struct net_record rec = {
		.bridge = "br0", .isolate_peers = "yes", .pool = {"10.77.0.0/16"}};

	put_record(1, &rec);
	expect_text("br0", NO_TABLE "table inet nsi_br0 {\n"
				    "\tchain leaving {\n"
				    "\t\ttype nat hook postrouting priority srcnat;\n"
				    "\t}\n"
				    "\tchain passing {\n"
				    "\t\ttype filter hook forward priority filter;\n"
				    "\t\tiifname \"br0\" oifname \"br0\" drop\n"
				    "\t}\n"
				    "}\n");
}

#define FORWARDS                                                         \
	"\t\tfib daddr type != local return\n"                           \
	"\t\tmeta nfproto ipv4 tcp dport 8080 dnat ip to 10.77.0.9:80\n" \
	"\t\tip6 daddr != ::1 tcp dport 8080 dnat ip6 to [fd77::9]:80\n" \
	"\t\tmeta nfproto ipv4 udp dport 5353 dnat ip to 10.77.0.9:53\n" \
	"\t\tip6 daddr != ::1 udp dport 5353 dnat ip6 to [fd77::9]:53\n"

TEST(test_forwards_lead_to_the_addresses_of_the_set)
{
	const struct net_record rec = {.bridge = "br0",
				       .address = {"10.77.0.9/16", "fd77::9/64"},
				       .forwards = "8080:80/tcp 5353:53/udp"};
	struct net_record other = rec;

	(void)snprintf(other.bridge, sizeof(other.bridge), "br1");
	put_record(1, &rec);
	put_record(2, &other);
	expect_text("br0",
		    NO_TABLE "table inet nsi_br0 {\n"
			     "\tchain arriving {\n"
			     "\t\ttype nat hook prerouting priority dstnat;\n" FORWARDS "\t}\n"
			     "\tchain local {\n"
			     "\t\ttype nat hook output priority -100;\n" FORWARDS "\t}\n"
			     "\tchain martians {\n"
			     "\t\ttype filter hook prerouting priority raw;\n"
			     "\t\tiifname \"br0\" ip daddr 127.0.0.0/8 drop\n"
			     "\t}\n"
			     "\tchain leaving {\n"
			     "\t\ttype nat hook postrouting priority srcnat;\n"
			     "\t\tip saddr 127.0.0.0/8 oifname \"br0\" masquerade\n"
			     "\t\tiifname \"br0\" oifname \"br0\" ct status dnat masquerade\n"
			     "\t}\n"
			     "\tchain passing {\n"
			     "\t\ttype filter hook forward priority filter;\n"
			     "\t}\n"
			     "}\n");
}

TEST(test_a_damaged_record_makes_no_rule)
{
	const struct net_record address = {
		.bridge = "br0", .address = {"10.77.0.9 } drop", ""}, .forwards = "8080:80/tcp"};
	const struct net_record forwards = {.bridge = "br0",
					    .address = {"10.77.0.9/16", ""},
					    .forwards = "0:80/tcp 8080:80/tcp;drop"};
	char *text = NULL;
	size_t size = 0;

	put_record(1, &address);
	put_record(2, &forwards);
	assert_int_equal(nat_text(dir, NSI_RUNDIR, "br0", &text, &size), 0);
	assert_non_null(strstr(text, "chain arriving {"));
	assert_null(strstr(text, "dport"));
	free(text);
}

TEST(test_helpers_with_other_rundirs_have_other_tables)
{
	char *one = NULL, *another = NULL;
	size_t size = 0;

	assert_int_equal(nat_text(dir, "/run/one", "br0", &one, &size), 0);
	assert_int_equal(nat_text(dir, "/run/another", "br0", &another, &size), 0);
	assert_string_not_equal(one, another);
	assert_string_not_equal(one, NO_TABLE);
	free(one);
	free(another);
}

TEST(test_rules_are_needed_on_a_bridge_alone)
{
	const struct net_record nat = {.bridge = "br0", .nat = "yes"};
	const struct net_record isolated = {.bridge = "br0", .isolate_peers = "yes"};
	const struct net_record forwards = {.bridge = "br0", .forwards = "80:80/tcp"};
	const struct net_record plain = {.bridge = "br0"}, none = {.nat = "yes"};

	assert_true(nat_is_needed(&nat));
	assert_true(nat_is_needed(&isolated));
	assert_true(nat_is_needed(&forwards));
	assert_false(nat_is_needed(&plain));
	assert_false(nat_is_needed(&none));
}

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
		cmocka_unit_test_setup_teardown(test_a_bridge_whose_sets_need_no_rules_has_no_table,
						begin, end),
		cmocka_unit_test_setup_teardown(test_nat_masquerades_its_pools_and_lets_nobody_in,
						begin, end),
		cmocka_unit_test_setup_teardown(test_isolated_peers_do_not_meet_by_way_of_the_host,
						begin, end),
		cmocka_unit_test_setup_teardown(test_forwards_lead_to_the_addresses_of_the_set,
						begin, end),
		cmocka_unit_test_setup_teardown(test_a_damaged_record_makes_no_rule, begin, end),
		cmocka_unit_test_setup_teardown(test_helpers_with_other_rundirs_have_other_tables,
						begin, end),
		cmocka_unit_test(test_rules_are_needed_on_a_bridge_alone),
		cmocka_unit_test(test_forwarding_is_turned_on_and_off_again),
		cmocka_unit_test(test_forwarding_that_was_on_stays_on),
		cmocka_unit_test(test_forwarding_does_not_cost_the_host_its_learned_routes),
		cmocka_unit_test(test_loopback_addresses_lead_to_a_bridge_that_is_there),
		cmocka_unit_test(test_a_setting_of_the_kernel_is_written_or_refused_with_its_name),
		cmocka_unit_test(test_the_rules_are_in_force_until_the_last_set_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
