/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "tests/unit/test.h"

TEST(test_copy_takes_all_or_nothing)
{
	char buf[5] = "????";

	assert_int_equal(text_copy(buf, sizeof(buf), "four"), 0);
	assert_string_equal(buf, "four");
	assert_int_equal(text_copy(buf, sizeof(buf), "fives"), -ENAMETOOLONG);
	assert_string_equal(buf, "");
	assert_int_equal(text_copy(buf, sizeof(buf), ""), 0);
	assert_string_equal(buf, "");
	assert_int_equal(text_copy(buf, 0, ""), -ENAMETOOLONG);
}

static void assert_escape(const char *text, size_t size, const char *want)
{
	char buf[64];

	memset(buf, '#', sizeof(buf));
	assert_ptr_equal(text_escape(buf, size, text), buf);
	if (size > 0)
		assert_string_equal(buf, want);
	assert_int_equal(buf[size], '#'); /* nothing behind the room there is */
}

TEST(test_escape_makes_one_harmless_word)
{
	assert_escape("alice", 32, "alice");
	assert_escape("a b", 32, "a\\x20b");
	assert_escape("a\nb\x1b[2J", 32, "a\\x0ab\\x1b[2J");
	assert_escape("\"'\\", 32, "\\x22\\x27\\x5c");
	assert_escape("\xc3\xa4\x7f", 32, "\\xc3\\xa4\\x7f");
	assert_escape("", 32, "");
}

TEST(test_escape_is_cut_between_characters)
{
	assert_escape("ab\ncd", 3, "ab");
	assert_escape("ab\ncd", 6, "ab");
	assert_escape("ab\ncd", 7, "ab\\x0a");
	assert_escape("abc", 1, "");
	assert_escape("abc", 0, "");
}

TEST(test_terminated_is_within_the_field)
{
	static const char field[4] = {'a', 'b', 'c', 'd'}, short_one[4] = {'a', '\0', 'x', 'x'};

	assert_false(text_is_terminated(field, sizeof(field)));
	assert_false(text_is_terminated(short_one, 1));
	assert_true(text_is_terminated(short_one, 2));
	assert_false(text_is_terminated("", 0));
}

TEST(test_u64_is_digits_and_nothing_else)
{
	static const char *const bad[] = {"",    " 1",  "1 ",   "+1", "-1", "0x10",
					  "1e3", "1,0", "1\n2", "a",  "1a"};
	uint64_t value = 42;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(text_u64(bad[i], UINT64_MAX, &value), -EINVAL);
	assert_true(value == 42); /* untouched on failure */
	assert_int_equal(text_u64("007", 7, &value), 0);
	assert_true(value == 7);
	assert_int_equal(text_u64("8", 7, &value), -ERANGE);
	assert_int_equal(text_u64("18446744073709551615", UINT64_MAX, &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(text_u64("18446744073709551616", UINT64_MAX, &value), -ERANGE);
	assert_int_equal(text_u64("99999999999999999999999", UINT64_MAX, &value), -ERANGE);
}

TEST(test_fail_keeps_the_first_sentence_and_never_reads_as_success)
{
	struct nsi_fail f = {""};

	assert_int_equal(fail_set(&f, EPERM, "%s is not for %s", "this", "you"), -EPERM);
	assert_string_equal(f.what, "this is not for you");
	assert_int_equal(fail_set(&f, -ENOENT, "something else"), -ENOENT);
	assert_int_equal(fail_errno(&f, 0, "and else"), -EIO);
	assert_string_equal(f.what, "this is not for you");
	f = (struct nsi_fail){""};
	assert_int_equal(fail_errno(&f, -ENOENT, "cannot open %s", "x"), -ENOENT);
	assert_string_equal(f.what, "cannot open x: No such file or directory");
	f = (struct nsi_fail){""};
	assert_int_equal(fail_set(&f, EIO, "%0300d", 1), -EIO);
	assert_int_equal(strlen(f.what), sizeof(f.what) - 1);
	f = (struct nsi_fail){""};
	assert_int_equal(fail_errno(&f, 99999, "odd"), -99999);
	assert_string_equal(f.what, "odd: unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy_takes_all_or_nothing),
		cmocka_unit_test(test_escape_makes_one_harmless_word),
		cmocka_unit_test(test_escape_is_cut_between_characters),
		cmocka_unit_test(test_terminated_is_within_the_field),
		cmocka_unit_test(test_u64_is_digits_and_nothing_else),
		cmocka_unit_test(test_fail_keeps_the_first_sentence_and_never_reads_as_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
