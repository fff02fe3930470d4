/* SPDX-License-Identifier: MIT */
/* The rules of a bridge by its sets' records */
#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "net/host_side.h"
#include "net/net.h"
#include "net/state.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
