/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base/idmap.h"
#include "tests/unit/test.h"

static int add(struct idmap *map, uint32_t inside, uint32_t outside, uint32_t count)
{
	const struct idmap_range range = {inside, outside, count};

	return idmap_add(map, &range);
}

static void assert_map(const struct idmap *map, const char *want)
{
	char text[IDMAP_TEXT_SIZE];

	assert_int_equal(idmap_format(map, text, sizeof(text)), (int)strlen(want));
	assert_string_equal(text, want);
}

TEST(test_sorts_and_joins_what_continues)
{
	struct idmap map = {0};

	assert_int_equal(add(&map, 2001, 2001, 1), 0);
	assert_int_equal(add(&map, 0, 0, 1000), 0);
	assert_int_equal(add(&map, 27, 27, 1), 0); /* sudo, a group of the system */
	assert_int_equal(add(&map, 1000, 1000, 1), 0);
	assert_int_equal(add(&map, 100000, 100000, 65536), 0);
	assert_map(&map, "0 0 1001\n2001 2001 1\n100000 100000 65536\n");
	assert_int_equal(add(&map, 500, 500, 2000), 0);
	assert_map(&map, "0 0 2500\n100000 100000 65536\n");
}

TEST(test_one_range_closes_several_gaps)
{
	struct idmap map = {0};

	assert_int_equal(add(&map, 10, 10, 5), 0);
	assert_int_equal(add(&map, 20, 20, 5), 0);
	assert_int_equal(add(&map, 30, 30, 5), 0);
	assert_int_equal(add(&map, 0, 0, 32), 0);
	assert_map(&map, "0 0 35\n");
}

TEST(test_refuses_what_contradicts_the_map)
{
	struct idmap map = {0};

	assert_int_equal(add(&map, 0, 0, 1000), 0);
	assert_int_equal(add(&map, 5000, 6000, 10), 0);
	assert_int_equal(add(&map, 5009, 7000, 1), -EEXIST); /* inside twice */
	assert_int_equal(add(&map, 8000, 999, 1), -EEXIST);  /* outside twice */
	assert_int_equal(add(&map, 5000, 5000, 1), -EEXIST); /* another meaning */
	assert_int_equal(add(&map, 4990, 5990, 20), 0);      /* the same meaning */
	assert_int_equal(add(&map, 7000, 6010, 1), 0);       /* beside both */
	assert_map(&map, "0 0 1000\n4990 5990 20\n7000 6010 1\n");
}

TEST(test_refuses_ids_that_there_are_not)
{
	struct idmap map = {0};

	assert_int_equal(add(&map, 0, 0, 0), -ERANGE);
	assert_int_equal(add(&map, UINT32_MAX, 0, 1), -ERANGE);
	assert_int_equal(add(&map, 0, UINT32_MAX, 1), -ERANGE);
	assert_int_equal(add(&map, 1, 1, UINT32_MAX), -ERANGE);
	assert_int_equal(add(&map, 0, 0, UINT32_MAX), 0);
	assert_map(&map, "0 0 4294967295\n");
	assert_true(idmap_has(&map, UINT32_MAX - 1));
	assert_false(idmap_has(&map, UINT32_MAX));
}

TEST(test_has_only_what_is_the_same_on_both_sides)
{
	struct idmap map = {0};

	assert_int_equal(add(&map, 0, 0, 1000), 0);
	assert_int_equal(add(&map, 2000, 3000, 10), 0);
	assert_true(idmap_has(&map, 0));
	assert_true(idmap_has(&map, 999));
	assert_false(idmap_has(&map, 1000));
	assert_false(idmap_has(&map, 2005));
	assert_false(idmap_has(&map, 3005));
}

TEST(test_more_ranges_than_a_page_holds)
{
	struct idmap map = {0}, again;
	char text[IDMAP_TEXT_SIZE];

	for (uint32_t i = 0; i < IDMAP_RANGES_MAX; i++)
		assert_int_equal(add(&map, 4000000000u + 2 * i, 4000000000u + 2 * i, 1), 0);
	assert_int_equal(add(&map, 1, 1, 1), -E2BIG);
	assert_true(idmap_format(&map, text, sizeof(text)) >= 1 && strlen(text) < IDMAP_TEXT_SIZE);
	assert_int_equal(idmap_parse(&again, text), 0);
	assert_memory_equal(&again, &map, sizeof(map));
	assert_int_equal(idmap_format(&map, text, 20), -ENOBUFS);
}

TEST(test_reads_what_the_kernel_writes)
{
	struct idmap map;

	assert_int_equal(idmap_parse(&map, "         0          0       1000\n"
					   "      2001       2001          1\n"),
			 0);
	assert_map(&map, "0 0 1000\n2001 2001 1\n");
	assert_int_equal(idmap_parse(&map, ""), 0);
	assert_false(idmap_has(&map, 0));
	assert_int_equal(idmap_parse(&map, "0 0\n"), -EBADMSG);
	assert_int_equal(idmap_parse(&map, "0 0 1000"), -EBADMSG); /* cut short, perhaps */
	assert_int_equal(idmap_parse(&map, "0 0 1 x\n"), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorts_and_joins_what_continues),
		cmocka_unit_test(test_one_range_closes_several_gaps),
		cmocka_unit_test(test_refuses_what_contradicts_the_map),
		cmocka_unit_test(test_refuses_ids_that_there_are_not),
		cmocka_unit_test(test_has_only_what_is_the_same_on_both_sides),
		cmocka_unit_test(test_more_ranges_than_a_page_holds),
		cmocka_unit_test(test_reads_what_the_kernel_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
