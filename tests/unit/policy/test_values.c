/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "policy/files.h"
#include "policy/values.h"
#include "tests/unit/test.h"

static uint64_t size_of(const char *text)
{
	uint64_t bytes = 77;
	uint32_t percent = 77;

	assert_int_equal(value_size(text, &bytes, &percent), 0);
	return percent ? percent : bytes;
}

static int size_error(const char *text)
{
	uint64_t bytes = 77;
	uint32_t percent = 77;
	int r = value_size(text, &bytes, &percent);

	assert_int_equal(bytes, 77);
	assert_int_equal(percent, 77);
	return r;
}

TEST(test_size_takes_binary_units_and_percent)
{
	assert_int_equal(size_of("1"), 1);
	assert_int_equal(size_of("4K"), 4096);
	assert_int_equal(size_of("64M"), 64u << 20);
	assert_int_equal(size_of("2G"), UINT64_C(2) << 30);
	assert_int_equal(size_of("1T"), UINT64_C(1) << 40);
	assert_int_equal(size_of("25%"), 25);
	assert_int_equal(size_of("100%"), 100);
	assert_int_equal(size_of("9223372036854775807"), INT64_MAX);
}

TEST(test_size_rejects_overflow_and_nothing)
{
	assert_int_equal(size_error("0"), -ERANGE);
	assert_int_equal(size_error("0%"), -ERANGE);
	assert_int_equal(size_error("101%"), -ERANGE);
	assert_int_equal(size_error("9223372036854775808"), -ERANGE);
	assert_int_equal(size_error("18446744073709551616"), -ERANGE);
	assert_int_equal(size_error("8388608T"), -ERANGE);
	assert_int_equal(size_error("99999999999999999999999999999999999999"), -ERANGE);
}

TEST(test_size_rejects_other_forms)
{
	static const char *const bad[] = {"",    "M", "-1",  "+1",  " 1",  "1 ",  "1k", "1KB",
					  "1%%", "%", "1M2", "0x1", "1e3", "1.5", "10Q"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(size_error(bad[i]), -EINVAL);
}

TEST(test_count_takes_decimal_units_up_to_the_limit)
{
	uint64_t n = 77;

	assert_int_equal(value_count("100k", 100000, &n), 0);
	assert_int_equal(n, 100000);
	assert_int_equal(value_count("2m", UINT64_MAX, &n), 0);
	assert_int_equal(n, 2000000);
	assert_int_equal(value_count("0", 0, &n), 0);
	assert_int_equal(n, 0);
	n = 77;
	assert_int_equal(value_count("101k", 100000, &n), -ERANGE);
	assert_int_equal(value_count("18446744073709551615m", UINT64_MAX, &n), -ERANGE);
	assert_int_equal(value_count("1K", 100000, &n), -EINVAL);
	assert_int_equal(n, 77);
}

TEST(test_time_needs_a_unit_unless_it_is_nothing)
{
	uint64_t n = 77;

	assert_int_equal(value_time("90s", 100, &n), 0);
	assert_int_equal(n, 90);
	assert_int_equal(value_time("10m", 600, &n), 0);
	assert_int_equal(value_time("2h", UINT64_MAX, &n), 0);
	assert_int_equal(n, 7200);
	assert_int_equal(value_time("30d", UINT64_MAX, &n), 0);
	assert_int_equal(n, 2592000);
	assert_int_equal(value_time("1w", UINT64_MAX, &n), 0);
	assert_int_equal(n, 604800);
	assert_int_equal(value_time("0", 100, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(value_time("10", 100, &n), -EINVAL);
	assert_int_equal(value_time("", 100, &n), -EINVAL);
	assert_int_equal(value_time("1m", 59, &n), -ERANGE);
	assert_int_equal(value_time("999999999999999999w", UINT64_MAX, &n), -ERANGE);
}

TEST(test_mode_is_octal)
{
	uint64_t n = 77;

	assert_int_equal(value_mode("01777", &n), 0);
	assert_int_equal(n, 01777);
	assert_int_equal(value_mode("700", &n), 0);
	assert_int_equal(n, 0700);
	assert_int_equal(value_mode("0888", &n), -EINVAL);
	assert_int_equal(value_mode("7", &n), -EINVAL);
	assert_int_equal(value_mode("", &n), -EINVAL);
	assert_int_equal(value_mode("-777", &n), -EINVAL);
	assert_int_equal(value_mode("10000", &n), -ERANGE);
	assert_int_equal(value_mode("7777777777777777777777777777", &n), -ERANGE);
	assert_int_equal(n, 0700);
}

TEST(test_range_is_ordered_and_without_the_last_id)
{
	uint32_t low = 77, high = 77;

	assert_int_equal(value_range("1000-59999", &low, &high), 0);
	assert_int_equal(low, 1000);
	assert_int_equal(high, 59999);
	assert_int_equal(value_range("4294967294", &low, &high), 0);
	assert_int_equal(low, UINT32_MAX - 1);
	assert_int_equal(high, UINT32_MAX - 1);
	assert_int_equal(value_range("4294967295", &low, &high), -ERANGE);
	assert_int_equal(value_range("4294967296", &low, &high), -ERANGE);
	assert_int_equal(value_range("18446744073709551617", &low, &high), -ERANGE);
	assert_int_equal(value_range("2-1", &low, &high), -ERANGE);
	assert_int_equal(value_range("1000-", &low, &high), 0);
	assert_int_equal(low, 1000);
	assert_int_equal(high, UINT32_MAX - 1);
	assert_int_equal(value_range("4294967295-", &low, &high), -ERANGE);
	assert_int_equal(value_range("1--", &low, &high), -EINVAL);
	assert_int_equal(value_range("1000- ", &low, &high), -EINVAL);
	assert_int_equal(value_range("-", &low, &high), -EINVAL);
	assert_int_equal(value_range("-1", &low, &high), -EINVAL);
	assert_int_equal(value_range("1-2-3", &low, &high), -EINVAL);
	assert_int_equal(value_range("1 - 2", &low, &high), -EINVAL);
	assert_int_equal(value_range("", &low, &high), -EINVAL);
}

TEST(test_distance_counts_slips)
{
	assert_int_equal(suggest_distance("hostname", "hostname"), 0);
	assert_int_equal(suggest_distance("hostname", "HOSTNAME"), 0);
	assert_int_equal(suggest_distance("hostname", "hostnmae"), 1);
	assert_int_equal(suggest_distance("scope", "scop"), 1);
	assert_int_equal(suggest_distance("scope", "sccope"), 1);
	assert_int_equal(suggest_distance("mount", "mnt"), 2);
	assert_int_equal(suggest_distance("", "abc"), 3);
	assert_true(suggest_distance("hostname", "a-name-that-no-key-has-or-will-have") > 100);
}

TEST(test_utf8_rejects_what_is_broken_or_unprintable)
{
	static const char *const bad[] = {
		"\x80",
		"\xc0\xaf",
		"\xc3",
		"\xc3\x28",
		"\xe0\x80\xaf",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80\x80",
		"\xc2\x85",
		"\xff",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(utf8_length(bad[i], 5), 0);
	assert_int_equal(utf8_length("a", 1), 1);
	assert_int_equal(utf8_length("\xc3\xa9", 2), 2);
	assert_int_equal(utf8_length("\xc3\xa9", 1), 0);
	assert_int_equal(utf8_length("\xe2\x82\xac", 3), 3);
	assert_int_equal(utf8_length("\xf0\x9f\x98\x80", 4), 4);
	assert_int_equal(utf8_length("", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size_takes_binary_units_and_percent),
		cmocka_unit_test(test_size_rejects_overflow_and_nothing),
		cmocka_unit_test(test_size_rejects_other_forms),
		cmocka_unit_test(test_count_takes_decimal_units_up_to_the_limit),
		cmocka_unit_test(test_time_needs_a_unit_unless_it_is_nothing),
		cmocka_unit_test(test_mode_is_octal),
		cmocka_unit_test(test_range_is_ordered_and_without_the_last_id),
		cmocka_unit_test(test_distance_counts_slips),
		cmocka_unit_test(test_utf8_rejects_what_is_broken_or_unprintable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
