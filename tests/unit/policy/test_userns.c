/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "policy/userns.h"
#include "tests/unit/test.h"

static void assert_element(const char *text, bool is_gid, int want)
{
	struct idmap_range range;
	int got = userns_element(text, is_gid, &range);

	if (got != want)
		fail_msg("'%s': got %d, wanted %d", text, got, want);
}

TEST(test_words)
{
	struct idmap_range range;

	assert_int_equal(userns_element("system", false, &range), USERNS_SYSTEM);
	assert_int_equal(range.inside, 0);
	assert_int_equal(range.outside, 0);
	assert_int_equal(range.count, 1000);
	assert_element("user", false, USERNS_USER);
	assert_element("user", true, USERNS_USER);
	assert_element("subuid", false, USERNS_SUB);
	assert_element("subgid", true, USERNS_SUB);
	assert_element("subuid", true, -EINVAL);
	assert_element("subgid", false, -EINVAL);
	assert_element("System", false, -EINVAL);
	assert_element("", false, -EINVAL);
}

static void assert_nobody(const struct idmap_range *range, unsigned count)
{
	struct idmap map = {0};

	assert_int_equal(idmap_add(&map, range), 0);
	assert_int_equal(userns_add_nobody(&map), 0);
	assert_int_equal(map.count, count);
}

TEST(test_nobody_is_of_the_system_unless_given_away)
{
	assert_nobody(&(struct idmap_range){0, 0, 1000}, 2);
	assert_nobody(&(struct idmap_range){0, 0, 65535}, 1);
	assert_nobody(&(struct idmap_range){1000, 100000, 65536}, 1); /* another inside */
	assert_nobody(&(struct idmap_range){100000, 1000, 65536}, 1); /* another outside */
}

TEST(test_ranges)
{
	struct idmap_range range;

	assert_int_equal(userns_element("2000:100000:65536", false, &range), USERNS_RANGE);
	assert_int_equal(range.inside, 2000);
	assert_int_equal(range.outside, 100000);
	assert_int_equal(range.count, 65536);
	assert_element("0:0:4294967295", false, USERNS_RANGE);
	assert_element("0:0:4294967296", false, -ERANGE);
	assert_element("1:1:4294967295", false, -ERANGE);
	assert_element("4294967295:4294967295:1", false, -ERANGE);
	assert_element("5000:5000:0", false, -ERANGE);
	assert_element("5000:5000:99999999999999999999", false, -ERANGE);
	assert_element("5000:5000", false, -EINVAL);
	assert_element("5000:5000:1:", false, -EINVAL);
	assert_element("5000::1", false, -EINVAL);
	assert_element(" 5000:5000:1", false, -EINVAL);
	assert_element("5000:5000:1 ", false, -EINVAL);
	assert_element("-1:5000:1", false, -EINVAL);
	assert_element("5000-5010", false, -EINVAL);
}

TEST(test_ids_of_the_system_stay_what_they_are)
{
	assert_element("0:100000:1", false, -EPERM);
	assert_element("5000:0:1", false, -EPERM);
	assert_element("999:1000:1", true, -EPERM);
	assert_element("1000:999:1", true, -EPERM);
	assert_element("1000:1001:1", true, USERNS_RANGE);
	assert_element("5:5:1", true, USERNS_RANGE);
	assert_element("900:900:200", true, USERNS_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_nobody_is_of_the_system_unless_given_away),
		cmocka_unit_test(test_ids_of_the_system_stay_what_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
