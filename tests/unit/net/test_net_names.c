/* SPDX-License-Identifier: MIT */
/* Names that the kernel, nft(8) and paths take, and nobody else's. */
#include <errno.h>
#include <string.h>

#include "base/inet.h"
#include "net/net.h"
#include "net/net_names.h"
#include "tests/unit/test.h"

TEST(test_veth_comes_from_the_set_and_fits)
{
	char name[IFNAMSIZ], other[IFNAMSIZ];

	assert_int_equal(names_veth(NSI_RUNDIR, 7, name), 0);
	assert_string_equal(name, "nsi7");
	assert_int_equal(names_veth(NSI_RUNDIR, 999999999999, name), 0);
	assert_int_equal(strlen(name), IFNAMSIZ - 1);
	assert_int_equal(names_veth(NSI_RUNDIR, 1000000000000, name), -ERANGE);
	assert_int_equal(names_veth("/run/a", 7, name), 0);
	assert_int_equal(names_veth("/run/b", 7, other), 0);
	assert_string_not_equal(name, other);
	assert_true(inet_is_interface(name));
}

TEST(test_names_with_a_meaning_elsewhere_are_refused)
{
	assert_true(inet_is_interface("eth0.100"));
	assert_false(inet_is_interface("averylongname1234"));
	assert_false(inet_is_interface(".."));
	assert_false(inet_is_interface("a\" drop"));
	assert_false(inet_is_interface("a/b"));
	assert_true(inet_is_netns("lab-alice@example.org"));
	assert_false(inet_is_netns("../etc"));
	assert_false(inet_is_netns(".hidden"));
	assert_false(inet_is_netns(""));
	assert_true(inet_is_sysctl("net.ipv4.ping_group_range=0 0"));
	assert_false(inet_is_sysctl("kernel.core_pattern=|/x"));
	assert_false(inet_is_sysctl("net.../../kernel/core_pattern=x"));
	assert_false(inet_is_sysctl("net.ipv4.ip_forward"));
}

TEST(test_forms_are_strict)
{
	struct inet_prefix p;
	struct inet_route route;
	struct inet_forward fw;

	assert_int_equal(inet_read_network("10.77.0.0/16", &p), 0);
	assert_int_equal(inet_read_network("10.77.0.1/16", &p), -ERANGE);
	assert_int_equal(inet_read_network("10.77.0.0/33", &p), -EINVAL);
	assert_int_equal(inet_read_network("10.77.0.0", &p), -EINVAL);
	assert_int_equal(inet_read_network("10.77.0/16", &p), -EINVAL);
	assert_int_equal(inet_read_network("fd77::/64", &p), 0);
	assert_int_equal(inet_read_route("default", &route), 0);
	assert_int_equal(inet_read_route("default via fd77::1", &route), 0);
	assert_int_equal(inet_read_route("10.0.0.0/8 via fd77::1", &route), -EINVAL);
	assert_int_equal(inet_read_forward("8080:80", &fw), 0);
	assert_int_equal(inet_read_forward("5353:53/udp", &fw), 0);
	assert_int_equal(inet_read_forward("0:80", &fw), -EINVAL);
	assert_int_equal(inet_read_forward("65536:80", &fw), -EINVAL);
	assert_int_equal(inet_read_forward("80", &fw), -EINVAL);
	assert_int_equal(inet_read_forward("80:80/sctp", &fw), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_veth_comes_from_the_set_and_fits),
		cmocka_unit_test(test_names_with_a_meaning_elsewhere_are_refused),
		cmocka_unit_test(test_forms_are_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
