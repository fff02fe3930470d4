/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/mountinfo.h"
#include "tests/unit/test.h"

/* A table with these lines, which must outlive it. */
static void read_lines(struct mountinfo_table *t, char *lines)
{
	*t = (struct mountinfo_table){.file = fmemopen(lines, strlen(lines), "r")};
	assert_non_null(t->file);
}

TEST(test_fields_are_those_of_the_line)
{
	NSI_CLEANUP(mountinfo_done) struct mountinfo_table t = {0};
	char lines[] =
		"36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=x\n"
		"37 36 0:5 / /a\\040b\\134\\0 ro - tmpfs\\043  rw\n";
	struct mountinfo m;

	read_lines(&t, lines);
	assert_int_equal(mountinfo_next(&t, &m), 1);
	assert_string_equal(m.device, "98:0");
	assert_string_equal(m.root, "/mnt1");
	assert_string_equal(m.point, "/mnt2");
	assert_string_equal(m.options, "rw,noatime");
	assert_string_equal(m.type, "ext3");
	assert_string_equal(m.source, "/dev/root");
	assert_string_equal(m.super, "rw,errors=x");
	assert_int_equal(mountinfo_next(&t, &m), 1);
	assert_string_equal(m.point, "/a b\\\\0");
	assert_string_equal(m.type, "tmpfs#");
	assert_string_equal(m.source, "");
	assert_int_equal(mountinfo_next(&t, &m), 0);
}

TEST(test_the_device_of_a_mount)
{
	const struct mountinfo m = {.device = "98:1048575"};

	assert_true(mountinfo_has_dev(&m, makedev(98, 1048575)));
	assert_false(mountinfo_has_dev(&m, makedev(98, 104857)));
	assert_false(mountinfo_has_dev(&m, makedev(9, 1048575)));
}

TEST(test_other_lines_are_left_out)
{
	NSI_CLEANUP(mountinfo_done) struct mountinfo_table t = {0};
	char lines[] = "\n36 35 98:0 /x\n - \n1 2 3:4 / /y rw - a b\n1 2 3:4 / /z rw - a b c";
	struct mountinfo m;

	read_lines(&t, lines);
	assert_int_equal(mountinfo_next(&t, &m), 1);
	assert_string_equal(m.point, "/z");
	assert_int_equal(mountinfo_next(&t, &m), 0);
}

TEST(test_table_of_a_process)
{
	NSI_CLEANUP(mountinfo_done) struct mountinfo_table t = {0};
	struct mountinfo m;
	int roots = 0, r = mountinfo_open(&t, 0);

	assert_int_equal(r, 0);
	while ((r = mountinfo_next(&t, &m)) > 0)
		roots += strcmp(m.point, "/") == 0;
	assert_int_equal(r, 0);
	assert_true(roots > 0);
	mountinfo_done(&t);
	assert_int_equal(mountinfo_open(&t, 4194305), -ENOENT); /* above PID_MAX_LIMIT */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_are_those_of_the_line),
		cmocka_unit_test(test_the_device_of_a_mount),
		cmocka_unit_test(test_other_lines_are_left_out),
		cmocka_unit_test(test_table_of_a_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
