/* SPDX-License-Identifier: MIT */
/* Addresses and routes, as the kernel has them afterwards, and the lists of them */
#include "tests/unit/net/network.h"

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#define LINE "nsit0"

static struct link_socket host;

static int give_address(int index, const char *text)
{
	const struct inet_prefix address = network_prefix(text);

	return link_add_address(&host, index, &address);
}

static int give_route(int index, const char *text)
{
	struct inet_route route = {0};

	faults_check(inet_read_route(text, &route) == 0, "%s is no route", text);
	if (!route.dst.family) /* "default" */
		route.dst.family = AF_INET;
	return link_add_route(&host, index, &route);
}

static void add_addresses(void *arg)
{
	int index;

	(void)arg;
	network_make(&host);
	index = network_add_line(&host, LINE);
	faults_check(give_address(index, "10.77.0.9/16") == 0 &&
			     give_address(index, "fd77::9/64") == 0,
		     "%s", host.said);
	faults_check(network_count_addresses(LINE, "10.77.0.9/16") == 1 &&
			     network_count_addresses(LINE, "fd77::9/64") == 1,
		     "they are not there");
	faults_check(network_has_route(LINE, "10.77.0.0/16", NULL) &&
			     network_has_route(LINE, "fd77::/64", NULL),
		     "their networks are not there");
	faults_check(give_address(index, "10.77.0.9/16") == -EEXIST &&
			     give_address(index, "fd77::9/64") == -EEXIST,
		     "they are given twice");
	faults_check(give_address(index + 1000, "10.77.0.8/16") == -ENODEV, "to no interface");
}

/* The kernel's "tentative" lasts a second, in which nobody can use the address. */
static void use_at_once(void *arg)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6};
	NSI_AUTO_FD int fd = -EBADF;

	(void)arg;
	network_make(&host);
	faults_check(give_address(network_add_line(&host, LINE), "fd77::9/64") == 0, "%s",
		     host.said);
	(void)inet_pton(AF_INET6, "fd77::9", &at.sin6_addr);
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	faults_check(fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0,
		     "it cannot be used: %s", strerror(errno));
}

static void add_routes(void *arg)
{
	int index;

	(void)arg;
	network_make(&host);
	index = network_add_line(&host, LINE);
	faults_check(give_route(index, "10.9.0.0/16 via 10.77.0.1") == -ENETUNREACH,
		     "by a gateway that is on no network");
	faults_check(host.said[0], "the kernel does not say why");
	faults_check(give_address(index, "10.77.0.9/16") == 0 &&
			     give_address(index, "fd77::9/64") == 0 &&
			     give_route(index, "default via 10.77.0.1") == 0 &&
			     give_route(index, "10.9.0.0/16 via 10.77.0.2") == 0 &&
			     give_route(index, "10.10.0.0/16") == 0 &&
			     give_route(index, "fd99::/32 via fd77::1") == 0 &&
			     give_route(index, "fd98::/32") == 0,
		     "%s", host.said);
	faults_check(network_has_route(LINE, "0.0.0.0/0", "10.77.0.1"), "no default");
	faults_check(network_has_route(LINE, "10.9.0.0/16", "10.77.0.2"), "not by the gateway");
	faults_check(network_has_route(LINE, "10.10.0.0/16", NULL), "not by the interface");
	faults_check(network_has_route(LINE, "fd99::/32", "fd77::1"), "no IPv6 by the gateway");
	faults_check(network_has_route(LINE, "fd98::/32", NULL), "no IPv6 by the interface");
	faults_check(give_route(index, "10.9.0.0/16 via 10.77.0.3") == -EEXIST, "replaced");
}

/* How often a prefix is listed for an interface. */
struct search {
	int index;
	struct inet_prefix wanted;
	unsigned count, learned;
};

static int search_one(void *arg, const struct link_entry *e)
{
	struct search *s = arg;

	s->count += e->index == s->index && e->prefix.family == s->wanted.family &&
		    e->prefix.bits == s->wanted.bits &&
		    memcmp(e->prefix.addr, s->wanted.addr, sizeof(s->wanted.addr)) == 0;
	s->learned += e->is_learned;
	return 0;
}

static unsigned count_listed(int (*list)(struct link_socket *l, link_each_fn *each, void *arg),
			     int index, const char *text)
{
	struct search s = {.index = index, .wanted = network_prefix(text)};

	faults_check(list(&host, search_one, &s) == 0, "no list: %s", host.said);
	faults_check(s.learned == 0, "routes from a router");
	return s.count;
}

/* A route for packets that a rule of an administrator's sends to it. */
static int give_route_elsewhere(int index, const char *text)
{
	const struct inet_prefix to = network_prefix(text);
	char buf[LINK_MESSAGE];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct rtmsg *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));

	h->nlmsg_type = RTM_NEWROUTE;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	r->rtm_family = AF_INET;
	r->rtm_dst_len = to.bits;
	r->rtm_table = 100;
	r->rtm_protocol = RTPROT_STATIC;
	r->rtm_scope = RT_SCOPE_LINK;
	r->rtm_type = RTN_UNICAST;
	mnl_attr_put(h, RTA_DST, 4, to.addr);
	mnl_attr_put_u32(h, RTA_OIF, (uint32_t)index);
	return link_talk(&host, h, NULL, NULL);
}

static int answer_seven(void *arg, const struct link_entry *e)
{
	(void)e;
	++*(unsigned *)arg;
	return 7;
}

static void list_them(void *arg)
{
	unsigned calls = 0;
	int index;

	(void)arg;
	network_make(&host);
	faults_check(link_each_address(&host, answer_seven, &calls) == 0 && calls == 0,
		     "there is an address");
	index = network_add_line(&host, LINE);
	faults_check(give_address(index, "10.77.0.9/16") == 0 &&
			     give_address(index, "fd77::9/64") == 0 &&
			     give_route(index, "default via 10.77.0.1") == 0 &&
			     give_route_elsewhere(index, "10.9.0.0/16") == 0,
		     "%s", host.said);
	faults_check(count_listed(link_each_address, index, "10.77.0.9/16") == 1 &&
			     count_listed(link_each_address, index, "fd77::9/64") == 1,
		     "an address is not listed once");
	faults_check(count_listed(link_each_route, index, "0.0.0.0/0") == 1 &&
			     count_listed(link_each_route, index, "10.77.0.0/16") == 1,
		     "a route is not listed once");
	faults_check(count_listed(link_each_route, index, "10.77.0.9/32") == 0 &&
			     count_listed(link_each_route, index, "10.9.0.0/16") == 0,
		     "a route of another table is listed");
	faults_check(link_each_address(&host, answer_seven, &calls) < 0 && calls == 1,
		     "it goes on after an answer");
}

TEST(test_an_address_is_given_once_with_its_network)
{
	network_test(add_addresses);
}

TEST(test_an_ipv6_address_can_be_used_at_once)
{
	network_test(use_at_once);
}

TEST(test_a_route_goes_by_its_gateway_or_by_the_interface)
{
	network_test(add_routes);
}

TEST(test_lists_have_what_is_there_and_end_when_they_are_told)
{
	network_test(list_them);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_address_is_given_once_with_its_network),
		cmocka_unit_test(test_an_ipv6_address_can_be_used_at_once),
		cmocka_unit_test(test_a_route_goes_by_its_gateway_or_by_the_interface),
		cmocka_unit_test(test_lists_have_what_is_there_and_end_when_they_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
