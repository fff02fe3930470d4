/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup/cgroup.h"
#include "tests/unit/test.h"

TEST(test_an_option_is_a_whole_word)
{
	assert_true(cgroup_has_option("rw,cpu,cpuacct", "cpu"));
	assert_true(cgroup_has_option("rw,cpu,cpuacct", "cpuacct"));
	assert_true(cgroup_has_option("cpuacct", "cpuacct"));
	assert_true(cgroup_has_option("rw,xattr,name=systemd", "name=systemd"));
	assert_false(cgroup_has_option("rw,cpuacct", "cpu"));
	assert_false(cgroup_has_option("rw,cpuset", "set"));
	assert_false(cgroup_has_option("rw,name=systemd", "systemd"));
	assert_false(cgroup_has_option("", "cpu"));
}

/* Whatever this machine has: each mount's own cgroup of this process begins with its mount point. */
TEST(test_this_process_is_found_below_each_mount)
{
	struct cgroup_mount mounts[CGROUP_MOUNTS_MAX];
	int count = cgroup_read_mounts(mounts);

	assert_true(count >= 0);
	for (int i = 0; i < count; i++) {
		char dir[512], procs[600];

		assert_int_equal(cgroup_find(&mounts[i], getpid(), dir, sizeof(dir)), 0);
		if (!dir[0])
			continue; /* outside of what is mounted */
		assert_int_equal(strncmp(dir, mounts[i].point, strlen(mounts[i].point)), 0);
		(void)snprintf(procs, sizeof(procs), "%s/cgroup.procs", dir);
		assert_int_equal(access(procs, F_OK), 0);
	}
}

TEST(test_a_process_that_is_not_there_has_none)
{
	struct cgroup_mount m = {.point = "/sys/fs/cgroup", .root = "/", .is_v2 = true};
	char dir[512];

	assert_true(cgroup_find(&m, 0x7ffffff0, dir, sizeof(dir)) < 0);
}

/* Twice, as the second search begins at the mount that the first one ended at; and behind a failed one. */
TEST(test_a_group_is_found_by_its_path)
{
	struct cgroup_mount mounts[CGROUP_MOUNTS_MAX];
	int count = cgroup_read_mounts(mounts);

	for (int i = 0; i < count; i++) {
		char dir[512], again[512];
		struct stat st;
		uint64_t id;

		if (!mounts[i].is_v2 || strcmp(mounts[i].root, "/") != 0)
			continue;
		assert_int_equal(stat(mounts[i].point, &st), 0);
		for (int k = 0; k < 2; k++) {
			assert_int_equal(cgroup_find_dir("", "/", dir, sizeof(dir), &id), 0);
			assert_true(id == st.st_ino);
			assert_int_equal(
				cgroup_find_dir("", "/no-such-group", again, sizeof(again), &id),
				-ENOENT);
		}
	}
	assert_int_equal(cgroup_find_dir("no-such-tree", "/", (char[512]){""}, 512, &(uint64_t){0}),
			 -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_option_is_a_whole_word),
		cmocka_unit_test(test_this_process_is_found_below_each_mount),
		cmocka_unit_test(test_a_process_that_is_not_there_has_none),
		cmocka_unit_test(test_a_group_is_found_by_its_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
