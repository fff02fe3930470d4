/* SPDX-License-Identifier: MIT */
/* Addresses and routes of an interface, recorded and given to another one of its name */
#include "tests/unit/net/network.h"

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "net/device.h"

#define LINE "nsit0"

enum {
	LIFETIME = 100000, /* seconds: more than a test takes */
	MANY = 600,        /* addresses that have no room */
};

static struct link_socket host;
static struct snapshot kept;

/* Interfaces have no addresses of the kernel's choice, which come at any time. */
static void make_host(void)
{
	FILE *file;

	network_make(&host);
	file = fopen("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "we");
	faults_check(file && fputs("1", file) >= 0 && fclose(file) == 0, "no setting: %s",
		     strerror(errno));
}

static void give_address(int index, const char *text)
{
	const struct inet_prefix address = network_prefix(text);

	faults_check(link_add_address(&host, index, &address) == 0, "%s: %s", text, host.said);
}

static void give_route(int index, const char *text)
{
	struct inet_route route;

	faults_check(inet_read_route(text, &route) == 0 &&
			     link_add_route(&host, index, &route) == 0,
		     "%s: %s", text, host.said);
}

/* As a DHCP client gives it. */
static void lend_address(int index, const char *text)
{
	const struct inet_prefix address = network_prefix(text);
	const struct ifa_cacheinfo times = {.ifa_prefered = LIFETIME, .ifa_valid = LIFETIME};
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	h->nlmsg_type = RTM_NEWADDR;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	m->ifa_family = AF_INET;
	m->ifa_prefixlen = address.bits;
	m->ifa_index = (uint32_t)index;
	mnl_attr_put(h, IFA_LOCAL, 4, address.addr);
	mnl_attr_put(h, IFA_ADDRESS, 4, address.addr);
	mnl_attr_put(h, IFA_CACHEINFO, sizeof(times), &times);
	faults_check(link_talk(&host, h, NULL, NULL) == 0, "%s: %s", text, host.said);
}

/* Records the interface and removes it.  Returns a new one of the same name. */
static int move_on(void)
{
	const int index = (int)if_nametoindex(LINE);

	faults_check(snapshot_take(&host, index, &kept) == 0, "not recorded: %s", host.said);
	faults_check(link_delete(&host, index) == 0, "%s", host.said);
	return network_add_line(&host, LINE);
}

static void play_all(void *arg)
{
	int index;

	(void)arg;
	make_host();
	index = network_add_line(&host, LINE);
	give_address(index, "10.77.0.9/16");
	give_address(index, "fd77::9/64");
	give_route(index, "default via 10.77.0.1");
	give_route(index, "10.9.0.0/16");
	give_route(index,
		   "10.8.0.0/16 via 10.9.0.1"); /* a gateway behind a route that is listed later */
	give_route(index, "fd99::/32 via fd77::1");
	index = move_on();
	faults_check(snapshot_play(&host, index, 0, &kept) == 0, "%s", host.said);
	faults_check(network_count_addresses(LINE, "10.77.0.9/16") == 1 &&
			     network_count_addresses(LINE, "fd77::9/64") == 1,
		     "an address is lost");
	faults_check(network_has_route(LINE, "0.0.0.0/0", "10.77.0.1") &&
			     network_has_route(LINE, "10.9.0.0/16", NULL) &&
			     network_has_route(LINE, "10.8.0.0/16", "10.9.0.1") &&
			     network_has_route(LINE, "fd99::/32", "fd77::1"),
		     "a route is lost");
}

static void play_twice(void *arg)
{
	static struct snapshot copy;
	int index;

	(void)arg;
	make_host();
	index = network_add_line(&host, LINE);
	give_address(index, "10.77.0.9/16");
	give_route(index, "default via 10.77.0.1");
	index = move_on();
	copy = kept;
	faults_check(snapshot_play(&host, index, 0, &kept) == 0 &&
			     snapshot_play(&host, index, 0, &copy) == 0,
		     "%s", host.said);
	faults_check(network_count_addresses(LINE, "10.77.0.9/16") == 1, "not once");
}

static void take_one_alone(void *arg)
{
	int index;

	(void)arg;
	make_host();
	index = network_add_line(&host, LINE);
	faults_check(snapshot_take(&host, index, &kept) == 0 && kept.size == 0,
		     "%u bytes of nothing", kept.size);
	give_address(network_add_line(&host, "nsit1"), "10.77.0.9/16");
	faults_check(snapshot_take(&host, index, &kept) == 0 && kept.size == 0,
		     "%u bytes of another interface", kept.size);
	faults_check(snapshot_play(&host, index, 0, &kept) == 0, "%s", host.said);
}

/* The rest of the lifetime of the only address. */
static uint32_t lifetime_of(int index)
{
	const struct nlmsghdr *h = (const void *)kept.messages;
	struct nlattr *attr;
	uint32_t valid = 0;

	faults_check(snapshot_take(&host, index, &kept) == 0 && kept.size > 0, "no address");
	mnl_attr_for_each(attr, h, sizeof(struct ifaddrmsg))
	{
		const struct ifa_cacheinfo *c = mnl_attr_get_payload(attr);

		if (mnl_attr_get_type(attr) == IFA_CACHEINFO)
			valid = c->ifa_valid;
	}
	return valid;
}

static void play_later(void *arg)
{
	uint32_t valid;
	int index;

	(void)arg;
	make_host();
	lend_address(network_add_line(&host, LINE), "10.77.0.9/16");
	index = move_on();
	faults_check(snapshot_play(&host, index, 1000, &kept) == 0, "%s", host.said);
	faults_check(network_count_addresses(LINE, "10.77.0.9/16") == 1, "it is lost");
	valid = lifetime_of(index);
	faults_check(valid > 0 && valid <= LIFETIME - 1000, "it has %u seconds", valid);
}

static void play_too_late(void *arg)
{
	int index;

	(void)arg;
	make_host();
	index = network_add_line(&host, LINE);
	lend_address(index, "10.77.0.9/16");
	give_address(index, "10.78.0.9/16");
	give_route(index, "default via 10.77.0.1");
	give_route(index, "10.9.0.0/16");
	index = move_on();
	faults_check(snapshot_play(&host, index, LIFETIME + 1, &kept) == -ENETUNREACH,
		     "the gateway is not missed");
	faults_check(network_count_addresses(LINE, "10.77.0.9/16") == 0, "its time has run out");
	faults_check(network_count_addresses(LINE, "10.78.0.9/16") == 1 &&
			     network_has_route(LINE, "10.9.0.0/16", NULL),
		     "the others are lost, too");
}

static void play_damaged(void *arg)
{
	const struct nlmsghdr *first = (const void *)kept.messages;
	int index;

	(void)arg;
	make_host();
	index = network_add_line(&host, LINE);
	give_address(index, "10.77.0.9/16");
	give_address(index, "10.78.0.9/16");
	index = move_on();
	kept.size = MNL_ALIGN(first->nlmsg_len) + 20; /* cut short within the second */
	faults_check(snapshot_play(&host, index, 0, &kept) == 0, "%s", host.said);
	faults_check(network_count_addresses(LINE, "10.77.0.9/16") == 1 &&
			     network_count_addresses(LINE, "10.78.0.9/16") == 0,
		     "another part of it");
	memset(&kept, 0, sizeof(kept));
	kept.size = 512;
	faults_check(snapshot_play(&host, index, 0, &kept) == 0, "zeros: %s", host.said);
}

static void take_too_many(void *arg)
{
	const struct inet_prefix network = network_prefix("10.77.0.0/16");
	int index;

	(void)arg;
	make_host();
	index = network_add_veth(&host, LINE, 0);
	for (unsigned i = 1; i <= MANY; i++) {
		struct inet_prefix address = inet_nth(&network, i);

		address.bits = 32;
		faults_check(link_add_address(&host, index, &address) == 0, "%s", host.said);
	}
	faults_check(snapshot_take(&host, index, &kept) == -E2BIG, "%u bytes", kept.size);
	faults_check(kept.size <= SNAPSHOT_MAX, "%u bytes", kept.size);
}

TEST(test_addresses_and_routes_are_there_again)
{
	network_test(play_all);
}

TEST(test_what_is_there_already_does_no_harm)
{
	network_test(play_twice);
}

TEST(test_other_interfaces_are_left_out)
{
	network_test(take_one_alone);
}

TEST(test_a_lifetime_goes_on_meanwhile)
{
	network_test(play_later);
}

TEST(test_an_address_whose_time_has_run_out_does_not_stop_the_rest)
{
	network_test(play_too_late);
}

TEST(test_damaged_messages_are_left_out)
{
	network_test(play_damaged);
}

TEST(test_too_many_addresses_are_refused)
{
	network_test(take_too_many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_and_routes_are_there_again),
		cmocka_unit_test(test_what_is_there_already_does_no_harm),
		cmocka_unit_test(test_other_interfaces_are_left_out),
		cmocka_unit_test(test_a_lifetime_goes_on_meanwhile),
		cmocka_unit_test(test_an_address_whose_time_has_run_out_does_not_stop_the_rest),
		cmocka_unit_test(test_damaged_messages_are_left_out),
		cmocka_unit_test(test_too_many_addresses_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
