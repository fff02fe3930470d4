/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nstype.h"
#include "tests/unit/test.h"

static const uint32_t all = (UINT32_C(1) << NS_TYPE_MAX) - 1;

TEST(test_kinds_are_what_the_kernel_calls_them)
{
	int flags = 0;

	for (int type = 0; type < NS_TYPE_MAX; type++) {
		char path[64];

		assert_non_null(ns_types[type].word);
		assert_non_null(ns_types[type].column);
		assert_non_null(ns_types[type].head);
		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[type].proc);
		assert_int_equal(access(path, F_OK), 0);
		(void)snprintf(path, sizeof(path), "/proc/sys/user/%s", ns_types[type].sysctl);
		assert_int_equal(access(path, F_OK), 0);
		assert_int_equal(flags & ns_types[type].flag, 0); /* each its own */
		flags |= ns_types[type].flag;
	}
	assert_int_equal(ns_clone_flags(all), flags);
	assert_int_equal(ns_clone_flags(0), 0);
	assert_int_equal(ns_clone_flags(ns_bit(NS_UTS)), 0x04000000);
	/* Bits of other things than types are no flags. */
	assert_int_equal(ns_clone_flags(~all), 0);
}

/* The masks that rooms ask for; docs/adding-a-key.md says what a bit means. */
TEST(test_masks_come_from_the_rows)
{
	const uint32_t delegated = ns_bit(NS_IPC) | ns_bit(NS_UTS) | ns_bit(NS_NET);

	assert_int_equal(ns_types_with(0), all);
	assert_int_equal(ns_types_with(NS_DELEGATED), delegated);
	assert_int_equal(ns_types_with(NS_CLONED), delegated | ns_bit(NS_MNT) | ns_bit(NS_PID));
	assert_int_equal(ns_types_with(NS_OPTIONAL), all & ~(ns_bit(NS_MNT) | ns_bit(NS_USER)));
	assert_int_equal(ns_types_with(NS_SPARE), all & ~(ns_bit(NS_NET) | ns_bit(NS_USER)));
	assert_int_equal(ns_clone_flags(ns_types_with(NS_HOOK)),
			 CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET |
				 CLONE_NEWCGROUP);
	/* A delegated type would have been cloned otherwise. */
	assert_int_equal(ns_types_with(NS_DELEGATED | NS_CLONED), delegated);
}

TEST(test_format_is_a_list_that_is_cut_at_a_word)
{
	char buf[64];

	assert_string_equal(ns_types_format(all, buf, sizeof(buf)),
			    "mnt,ipc,uts,net,pid,cgroup,time,user");
	assert_string_equal(ns_types_format(0, buf, sizeof(buf)), "");
	assert_string_equal(ns_types_format(ns_bit(NS_NET), buf, sizeof(buf)), "net");
	assert_string_equal(ns_types_format(ns_bit(NS_MNT), buf, 1), "");
	buf[0] = '#';
	assert_ptr_equal(ns_types_format(all, buf, 0), buf);
	assert_int_equal(buf[0], '#');
}

TEST(test_inodes_are_those_of_the_files)
{
	NSI_AUTO_FD int dir = open("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct ns_inodes ns = {{0}};
	struct stat st;

	assert_int_equal(ns_inodes_read(dir, &ns), 0);
	assert_int_equal(stat("/proc/self/ns/mnt", &st), 0);
	assert_true(ns.ino[NS_MNT] == st.st_ino);
	assert_int_equal(stat("/proc/self/ns/user", &st), 0);
	assert_true(ns.ino[NS_USER] == st.st_ino);
}

TEST(test_inodes_of_nothing_are_zero_and_of_no_directory_an_error)
{
	NSI_AUTO_FD int dir = open("/proc/self/task", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct ns_inodes ns;

	memset(&ns, 0xff, sizeof(ns));
	assert_int_equal(ns_inodes_read(dir, &ns), 0);
	for (int type = 0; type < NS_TYPE_MAX; type++)
		assert_true(ns.ino[type] == 0);
	assert_int_equal(ns_inodes_read(-1, &ns), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds_are_what_the_kernel_calls_them),
		cmocka_unit_test(test_masks_come_from_the_rows),
		cmocka_unit_test(test_format_is_a_list_that_is_cut_at_a_word),
		cmocka_unit_test(test_inodes_are_those_of_the_files),
		cmocka_unit_test(test_inodes_of_nothing_are_zero_and_of_no_directory_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
