/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/inet.h"
#include "tests/unit/test.h"

static bool is_in(const char *host, const char *network)
{
	struct address a, net;
	int bits = address_parse_network(network, &net);

	assert_true(bits >= 0 && bits <= ADDRESS_BITS);
	return address_parse(host, &a) == 0 && address_is_in(&a, net.bytes, (unsigned)bits);
}

TEST(test_addresses_are_addresses)
{
	static const char *const bad[] = {
		"",           "10.1.2",       "10.1.2.3.4", "10.1.2.256", "010.1.2.3",
		"0x0a.1.2.3", "10.1.2.3 ",    " 10.1.2.3",  "host",       "dead.beef",
		":",          "1::2::3",      "::1/128",    ":::",        "%eth0",
		"10.1.2.3/8", "2001:db8:::1", "12345::",
	};
	struct address a;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(address_parse(bad[i], &a), -EINVAL);
	assert_int_equal(address_parse("255.255.255.255", &a), 0);
	assert_int_equal(address_parse("fe80::1%a-very-long-name-of-an-interface-indeed", &a), 0);
}

TEST(test_networks_hold_the_addresses_they_should)
{
	assert_true(is_in("10.255.255.255", "10.0.0.0/8"));
	assert_false(is_in("11.0.0.0", "10.0.0.0/8"));
	assert_true(is_in("192.0.2.129", "192.0.2.128/25"));
	assert_false(is_in("192.0.2.127", "192.0.2.128/25"));
	assert_true(is_in("192.0.2.1", "192.0.2.1/32"));
	assert_false(is_in("192.0.2.0", "192.0.2.1/32"));
	assert_true(is_in("::ffff:192.0.2.1", "192.0.2.0/24"));
	assert_true(is_in("2001:db8:7fff::", "2001:db8::/33"));
	assert_false(is_in("2001:db8:8000::", "2001:db8::/33"));
	assert_true(is_in("::1", "::1/128"));
	assert_false(is_in("::2", "::1/128"));
}

TEST(test_the_families_do_not_mix)
{
	assert_true(is_in("1.2.3.4", "0.0.0.0/0"));
	assert_false(is_in("1.2.3.4", "::/0"));
	assert_true(is_in("::1.2.3.4", "::/0"));
	assert_false(is_in("::1.2.3.4", "0.0.0.0/0"));
	assert_true(is_in("1.2.3.4", "::ffff:0:0/96"));
}

TEST(test_networks_are_written_exactly)
{
	static const char *const bad[] = {
		"10.0.0.0",     "10.0.0.0/",   "10.0.0.0/33",    "10.0.0.0/-1",
		"10.0.0.0/8/8", "10.0.0.0/ 8", "10.0.0.0/0008",  "10/8",
		"/8",           "::/129",      "fe80::%eth0/64", "host/8",
	};
	struct address a;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(address_parse_network(bad[i], &a), -EINVAL);
	assert_int_equal(address_parse_network("10.0.0.1/31", &a), -ERANGE);
	assert_int_equal(address_parse_network("2001:db8::1/127", &a), -ERANGE);
	assert_int_equal(address_parse_network("10.0.0.0/8", &a), 104);
	assert_int_equal(address_parse_network("2001:db8::/32", &a), 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_are_addresses),
		cmocka_unit_test(test_networks_hold_the_addresses_they_should),
		cmocka_unit_test(test_the_families_do_not_mix),
		cmocka_unit_test(test_networks_are_written_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
