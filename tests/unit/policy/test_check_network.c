/* SPDX-License-Identifier: MIT */
/* Networks: keys that need or exclude each other, and the namespaces that go with them */
#include "tests/unit/policy/said.h"

#define IN_NETWORK(types, keys)                                                           \
	"version = 1;\npolicies = { a = { namespaces = [ " types " ];\nnetwork = { " keys \
	" }; }; };\n"
#define BRIDGE "mode = \"bridge\"; bridge = \"br0\"; "

TEST(test_networks_that_are_whole)
{
	static const struct said rows[] = {
		{IN_NETWORK("\"ipc\"", "mode = \"host\";"), ""},
		{IN_NETWORK("\"net\"", "mode = \"none\";"), ""},
		{IN_NETWORK("\"net\"", BRIDGE "pool = [ \"10.77.0.0/16\", \"fd77::/64\" ];"), ""},
		{IN_NETWORK("\"net\"", "mode = \"netns\"; name = \"lab\";"), ""},
		{IN_NETWORK("\"net\"", "mode = \"macvlan\"; parent = \"eth0\";"), ""},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

TEST(test_keys_that_a_mode_needs_or_does_not_have)
{
	static const struct said rows[] = {
		{IN_NETWORK("\"net\"", "mode = \"bridge\";"),
		 "3: error: 'bridge' is missing in the network of policy 'a': mode \"bridge\" "
		 "needs "
		 "it\n"
		 "3: error: 'pool' is missing in the network of policy 'a': mode \"bridge\" needs "
		 "it"},
		{IN_NETWORK("\"net\"", "mode = \"netns\";"),
		 "3: error: 'name' is missing in the network of policy 'a': mode \"netns\" needs "
		 "it"},
		{IN_NETWORK("\"net\"", "mode = \"macvlan\";"),
		 "3: error: 'parent' is missing in the network of policy 'a': mode \"macvlan\" "
		 "needs "
		 "it"},
		{IN_NETWORK("\"net\"", "mode = \"none\";\nmtu = \"1500\"; nat = true;"),
		 "4: error: 'nat' in the network of policy 'a' is not for mode \"none\"\n"
		 "4: error: 'mtu' in the network of policy 'a' is not for mode \"none\""},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

TEST(test_one_network_of_each_family)
{
	static const struct said rows[] = {
		{IN_NETWORK("\"net\"", BRIDGE "pool = [ \"10.1.0.0/16\", \"10.2.0.0/16\" ];"),
		 "3: error: 'pool' in the network of policy 'a' has two of IPv4: one of each "
		 "family "
		 "is what a set gets"},
		{IN_NETWORK("\"net\"", BRIDGE "pool = [ \"fd01::/64\", \"fd02::/64\" ];"),
		 "3: error: 'pool' in the network of policy 'a' has two of IPv6: one of each "
		 "family "
		 "is what a set gets"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

TEST(test_namespaces_of_a_network)
{
	static const struct said rows[] = {
		{IN_NETWORK("\"net\"", "mode = \"host\";"),
		 "3: error: the network of policy 'a' is the host's, so its 'namespaces' cannot "
		 "have "
		 "\"net\""},
		{IN_NETWORK("\"ipc\"", "mode = \"none\";"),
		 "3: error: the network of policy 'a' is one of its own, so its 'namespaces' must "
		 "have \"net\""},
		{IN_NETWORK("\"net\"", "mode = \"none\"; dns = \"192.0.2.53\";"),
		 "3: error: the network of policy 'a' has 'dns' or 'hosts', so its 'namespaces' "
		 "must "
		 "have \"mount\""},
		{IN_NETWORK("\"net\", \"mount\"",
			    BRIDGE "pool = \"10.1.0.0/16\"; hosts = \"peers\";"),
		 "3: error: the network of policy 'a' has hosts = \"peers\", so the policy must "
		 "have "
		 "a 'hostname'"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

TEST(test_sysctls_of_a_network)
{
	static char text[2048];
	size_t used;

	expect_said(
		"version = 1;\npolicies = {\na = { namespaces = [ \"net\", \"mount\" ]; sysctl = "
		"[ \"net.core.somaxconn=9\" ]; network = { mode = \"netns\"; name = \"x\"; }; "
		"}; };\n",
		"3: error: policy 'a' has \"net. ...\" in 'sysctl' and a network of mode "
		"\"netns\", whose values its administrator sets");
	used = (size_t)snprintf(
		text, sizeof(text),
		"version = 1;\npolicies = {\na = { namespaces = [ \"net\" ]; sysctl = "
		"[ ");
	for (int i = 0; i <= NET_SYSCTLS; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s\"net.core.somaxconn=%d\"", i ? ", " : "", i + 1);
	(void)snprintf(text + used, sizeof(text) - used, " ]; }; };\n");
	(void)snprintf(text + 1536, 512,
		       "3: error: policy 'a' has more than %d elements \"net. ...\" in 'sysctl'",
		       NET_SYSCTLS);
	expect_said(text, text + 1536);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_networks_that_are_whole),
		cmocka_unit_test(test_keys_that_a_mode_needs_or_does_not_have),
		cmocka_unit_test(test_one_network_of_each_family),
		cmocka_unit_test(test_namespaces_of_a_network),
		cmocka_unit_test(test_sysctls_of_a_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
