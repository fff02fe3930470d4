/* SPDX-License-Identifier: MIT */
/* The watches of an inotify instance, as the kernel lists them */
#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sets/sentinel_marks.h"
#include "tests/unit/test.h"

TEST(test_a_line_of_a_watch_is_read)
{
	struct sentinel_mark mark;

	assert_true(
		sentinel_parse_mark("inotify wd:1f ino:fffffffffffffff0 sdev:4d mask:2000 "
				    "ignored_mask:0 fhandle-bytes:c fhandle-type:1 f_handle:0\n",
				    &mark));
	assert_int_equal(mark.wd, 0x1f);
	assert_int_equal(mark.dev, makedev(0, 0x4d));
	assert_true(sentinel_parse_mark("inotify wd:1 ino:2 sdev:800001 mask:2000 \n", &mark));
	assert_int_equal(mark.dev, makedev(8, 1));
	assert_true(sentinel_parse_mark("inotify wd:7fffffff ino:2 sdev:ff345 mask:0 ", &mark));
	assert_int_equal(mark.wd, INT32_MAX);
	assert_int_equal(mark.dev, makedev(0, 0xff345));
}

TEST(test_other_lines_are_not)
{
	static const char *const lines[] = {
		"",
		"\n",
		"pos:\t0\n",
		"flags:\t02004000\n",
		"inotify\n",
		"inotify wd:\n",
		"inotify wd:1 ino:2\n",
		"inotify wd:1 ino:2 sdev:\n",
		"inotify wd:1 sdev:2 ino:3 \n",
		"inotify wd:ffffffff ino:2 sdev:3 mask:0\n",
		"inotify wd:x ino:2 sdev:3 mask:0\n",
		"fanotify ino:2 sdev:3 mflags:0 mask:1\n",
	};
	struct sentinel_mark mark;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_false(sentinel_parse_mark(lines[i], &mark));
}

TEST(test_the_watches_of_an_instance_are_those_that_are_left)
{
	static const char *const places[] = {"/proc", "/sys", "/dev"};
	NSI_AUTO_FD int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	struct sentinel_marks marks = {0};
	const struct sentinel_mark *mark;
	struct stat st;
	int wds[3];

	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 3; i++) {
			wds[i] = inotify_add_watch(fd, places[i], IN_UNMOUNT | IN_ONLYDIR);
			assert_true(wds[i] > 0);
		}
		assert_int_equal(sentinel_read_marks(fd, &marks), 0);
		assert_int_equal(marks.count, 3);
		for (unsigned i = 0; i < 3; i++) {
			mark = sentinel_find_mark(&marks, wds[i]);
			assert_non_null(mark);
			assert_int_equal(stat(places[i], &st), 0);
			assert_int_equal(mark->dev, st.st_dev);
		}
		assert_int_equal(inotify_rm_watch(fd, wds[1]), 0);
		assert_int_equal(sentinel_read_marks(fd, &marks), 0);
		assert_int_equal(marks.count, 2);
		assert_null(sentinel_find_mark(&marks, wds[1]));
		assert_non_null(sentinel_find_mark(&marks, wds[2]));
	}
	sentinel_free_marks(&marks);
	assert_null(sentinel_find_mark(&marks, wds[0]));
	assert_int_equal(sentinel_read_marks(1023, &marks), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_of_a_watch_is_read),
		cmocka_unit_test(test_other_lines_are_not),
		cmocka_unit_test(test_the_watches_of_an_instance_are_those_that_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
