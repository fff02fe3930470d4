/* SPDX-License-Identifier: MIT */
/* The network of a policy as numbers */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "net/net.h"
#include "policy/image.h"
#include "setup/setup_network.h"
#include "tests/unit/image.h"
#include "tests/unit/test.h"

static struct net_config config;

/* Reads the network of the only policy, which has these keys. */
static int read_network(const char *keys, struct nsi_fail *f)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	char text[2048];

	(void)snprintf(text, sizeof(text), "p = { %s };", keys);
	image = image_of(text);
	return setup_net_config(image, policy_get(image, 0), &config, f);
}

static void read_good(const char *keys)
{
	struct nsi_fail f = {""};

	assert_int_equal(read_network(keys, &f), 0);
	assert_string_equal(f.what, "");
}

static void assert_address(const struct inet_prefix *p, const char *text)
{
	char buf[INET_TEXT];

	assert_string_equal(inet_format(p, true, buf), text);
}

TEST(test_without_the_namespace_it_is_the_hosts)
{
	read_good("namespaces = [ \"mount\" ];");
	assert_int_equal(config.mode, NET_HOST);
}

TEST(test_the_namespace_alone_has_no_network)
{
	read_good("namespaces = [ \"net\" ];");
	assert_int_equal(config.mode, NET_NONE);
	assert_false(config.has_dns);
	assert_false(config.has_routes);
}

TEST(test_every_key_of_a_bridge)
{
	read_good("namespaces = [ \"mount\", \"net\" ]; network = { mode = \"bridge\"; "
		  "bridge = \"br7\"; pool = [ \"10.7.0.0/16\", \"fd77::/64\" ]; nat = true; "
		  "isolate_peers = true; mtu = \"1400\"; dns = [ \"192.0.2.1\", \"2001:db8::1\" ]; "
		  "routes = [ \"default\", \"198.51.100.0/24 via 10.7.0.1\" ]; "
		  "forward = [ \"8080:80\", \"5353:53/udp\" ]; };");
	assert_int_equal(config.mode, NET_BRIDGE);
	assert_true(config.nat && config.isolate_peers && config.has_routes && config.has_dns);
	assert_false(config.publish || config.create || config.peers);
	assert_string_equal(config.bridge, "br7");
	assert_string_equal(config.parent, "");
	assert_int_equal(config.mtu, 1400);
	assert_address(&config.pool[NET_V4], "10.7.0.0/16");
	assert_address(&config.pool[NET_V6], "fd77::/64");
	assert_int_equal(config.dns_count, 2);
	assert_address(&config.dns[0], "192.0.2.1/32");
	assert_address(&config.dns[1], "2001:db8::1/128");
	assert_int_equal(config.route_count, 2);
	assert_int_equal(config.routes[0].dst.bits, 0);
	assert_int_equal(config.routes[0].via.family, 0);
	assert_address(&config.routes[1].dst, "198.51.100.0/24");
	assert_address(&config.routes[1].via, "10.7.0.1/32");
	assert_int_equal(config.forward_count, 2);
	assert_int_equal(config.forwards[0].from, 8080);
	assert_int_equal(config.forwards[0].to, 80);
	assert_int_equal(config.forwards[1].proto, IPPROTO_UDP);
}

TEST(test_an_empty_list_is_not_the_same_as_none)
{
	read_good("namespaces = [ \"mount\", \"net\" ]; network = { mode = \"bridge\"; "
		  "bridge = \"br7\"; pool = \"10.7.0.0/16\"; dns = [ ]; };");
	assert_true(config.has_dns);
	assert_int_equal(config.dns_count, 0);
	assert_false(config.has_routes);
	assert_int_equal(config.pool[NET_V6].family, 0);
}

TEST(test_sysctls_of_the_network_are_taken_and_others_are_left)
{
	read_good("namespaces = [ \"net\", \"ipc\" ]; sysctl = [ \"kernel.shmmax=1\", "
		  "\"net.ipv4.ip_forward=1\", \"net.core.somaxconn=9\" ];");
	assert_int_equal(config.mode, NET_NONE);
	assert_int_equal(config.sysctl_count, 2);
	assert_string_equal(config.sysctls[0], "net.ipv4.ip_forward=1");
	assert_string_equal(config.sysctls[1], "net.core.somaxconn=9");
}

/* As many sysctls as there is room for. */
static const char *full_keys(void)
{
	static char keys[1500];
	size_t used = (size_t)snprintf(keys, sizeof(keys),
				       "namespaces = [ \"mount\", \"net\" ]; "
				       "network = { mode = \"none\"; }; "
				       "sysctl = [ \"net.core.somaxconn=9\"");

	for (int i = 1; i < NET_SYSCTLS; i++)
		used += (size_t)snprintf(keys + used, sizeof(keys) - used,
					 ", \"net.ipv4.ip_forward=1\"");
	(void)snprintf(keys + used, sizeof(keys) - used, " ];");
	return keys;
}

TEST(test_there_is_room_for_all_sysctls_that_the_loader_accepts)
{
	read_good(full_keys());
	assert_int_equal(config.sysctl_count, NET_SYSCTLS);
	assert_string_equal(config.sysctls[NET_SYSCTLS - 1], "net.ipv4.ip_forward=1");
}

/* Reads a network whose list at @offset of struct pol_network has the texts of "sysctl". */
static void assert_refused(size_t offset, int err, const char *sentence)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	const struct pol_policy *policy;
	struct nsi_fail f = {""};
	char text[2048];

	(void)snprintf(text, sizeof(text), "p = { %s };", full_keys());
	image = image_of(text);
	policy = policy_get(image, 0);
	memcpy((char *)(uintptr_t)policy_network(image, policy) + offset, &policy->view.sysctls,
	       sizeof(struct pol_list));
	assert_int_equal(setup_net_config(image, policy, &config, &f), err);
	if (strncmp(f.what, sentence, strlen(sentence)) != 0)
		fail_msg("\"%s\" is not \"%s\"", f.what, sentence);
}

/* The loader lets none of these through. */
TEST(test_a_text_that_is_none_of_its_key_is_refused)
{
	assert_refused(offsetof(struct pol_network, sysctls), -E2BIG,
		       "the policy has more than 32 sysctls of the network");
	assert_refused(offsetof(struct pol_network, pools), -EINVAL,
		       "cannot read pool of the policy's network: ");
	assert_refused(offsetof(struct pol_network, addresses), -EINVAL,
		       "cannot read address of the policy's network: ");
	assert_refused(offsetof(struct pol_network, routes), -EINVAL,
		       "cannot read routes of the policy's network: ");
	assert_refused(offsetof(struct pol_network, dns), -EINVAL,
		       "cannot read dns of the policy's network: ");
	assert_refused(offsetof(struct pol_network, forwards), -EINVAL,
		       "cannot read forward of the policy's network: ");
	assert_refused(offsetof(struct pol_network, interfaces), -ENAMETOOLONG,
		       "cannot read interfaces of the policy's network: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_the_namespace_it_is_the_hosts),
		cmocka_unit_test(test_the_namespace_alone_has_no_network),
		cmocka_unit_test(test_every_key_of_a_bridge),
		cmocka_unit_test(test_an_empty_list_is_not_the_same_as_none),
		cmocka_unit_test(test_sysctls_of_the_network_are_taken_and_others_are_left),
		cmocka_unit_test(test_there_is_room_for_all_sysctls_that_the_loader_accepts),
		cmocka_unit_test(test_a_text_that_is_none_of_its_key_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
