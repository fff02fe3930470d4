/* SPDX-License-Identifier: MIT */
/* The computed values of a quota; their effect in the kernel is tested on a booted system. */
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "instance/quota.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

TEST(test_a_part_of_a_block_is_a_block)
{
	assert_int_equal(quota_blocks(0), 0);
	assert_int_equal(quota_blocks(1), 1);
	assert_int_equal(quota_blocks(1024), 1);
	assert_int_equal(quota_blocks(1025), 2);
	assert_int_equal(quota_blocks(UINT64_C(2) << 30), 2097152);
	assert_int_equal(quota_blocks(INT64_MAX), INT64_MAX / 1024 + 1);
}

TEST(test_ids_go_round_in_their_range)
{
	assert_int_equal(quota_next_id(0), QUOTA_ID_FIRST);
	assert_int_equal(quota_next_id(1000), QUOTA_ID_FIRST);
	assert_int_equal(quota_next_id(QUOTA_ID_FIRST), QUOTA_ID_FIRST + 1);
	assert_int_equal(quota_next_id(QUOTA_ID_LAST - 1), QUOTA_ID_LAST);
	assert_int_equal(quota_next_id(QUOTA_ID_LAST), QUOTA_ID_FIRST);
	assert_int_equal(quota_next_id(UINT64_MAX), QUOTA_ID_FIRST);
}

/* /dev/shm is a tmpfs, and such have no projects. */
TEST(test_a_file_system_without_is_told_with_the_remedy)
{
	const struct quota want = {.bytes = 4096}, none = {0};
	NSI_AUTO_FD int dir = open("/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct nsi_fail f = {""};
	struct quota_state q;

	if (dir < 0)
		skip();
	assert_true(quota_check(dir, &want, &f) < 0);
	assert_non_null(strstr(f.what, "tune2fs -O project,quota"));
	assert_int_equal(quota_check(dir, &none, &f), 0);
	assert_int_equal(quota_apply(dir, dir, &none, &f), 0);
	assert_int_equal(quota_read(dir, &q), -ENODATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_part_of_a_block_is_a_block),
		cmocka_unit_test(test_ids_go_round_in_their_range),
		cmocka_unit_test(test_a_file_system_without_is_told_with_the_remedy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
