/* SPDX-License-Identifier: MIT */
/* Mount tables, and the mounts of a directory below the statedir */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sets/disk.h"
#include "sets/mount_list.h"
#include "tests/unit/test.h"

/* A sum over all mounts that does not depend on their order. */
struct sum {
	unsigned count;
	uint64_t value;
};

static bool sum_one(void *arg, const struct mounts_one *m)
{
	struct sum *sum = arg;

	sum->count++;
	sum->value += m->dev;
	for (const char *c = m->root; *c; c++)
		sum->value += (unsigned char)*c;
	return false;
}

static bool stop_at_once(void *arg, const struct mounts_one *m)
{
	(void)m;
	(*(unsigned *)arg)++;
	return true;
}

TEST(test_both_ways_to_read_a_table_agree)
{
	NSI_AUTO_FD int ns = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	struct sum seen = {0}, listed = {0};
	unsigned stopped = 0;
	int r;

	assert_true(ns >= 0);
	assert_int_equal(mounts_each_seen(getpid(), 100000, sum_one, &seen), 0);
	assert_true(seen.count > 0);
	assert_int_equal(mounts_each_seen(getpid(), 100000, stop_at_once, &stopped), 1);
	assert_int_equal(stopped, 1);
	assert_int_equal(mounts_each_seen(getpid(), 0, stop_at_once, &stopped), -E2BIG);
	r = mounts_each(ns, 100000, sum_one, &listed);
	if (r == -EOPNOTSUPP || r == -EPERM)
		skip(); /* before Linux 6.11, or without privileges */
	assert_int_equal(r, 0);
	assert_true(listed.count >= seen.count); /* it has those that a chroot hides, too */
	if (listed.count == seen.count)
		assert_int_equal(listed.value, seen.value);
	assert_int_equal(mounts_each(ns, 100000, stop_at_once, &stopped), 1);
	assert_int_equal(mounts_each(ns, 0, stop_at_once, &stopped), -E2BIG);
}

static bool is_below(const struct disk_place *p, uint64_t dev, const char *root)
{
	return disk_is_below(p, "s1-5", &(struct mounts_one){dev, root});
}

TEST(test_a_mount_is_told_by_its_device_and_root)
{
	struct disk_place p = {.dev = 7, .path = "/var/lib/x", .len = strlen("/var/lib/x")};
	const struct disk_place none = {0};

	assert_true(is_below(&p, 7, "/var/lib/x/s1-5"));
	assert_true(is_below(&p, 7, "/var/lib/x/s1-5/tmp"));
	assert_true(is_below(&p, 7, "/var/lib/x/s1-5/tmp/deep/er"));
	assert_false(is_below(&p, 8, "/var/lib/x/s1-5/tmp"));
	assert_false(is_below(&p, 7, "/var/lib/x/s1-51/tmp"));
	assert_false(is_below(&p, 7, "/var/lib/x"));
	assert_false(is_below(&p, 7, "/var/lib/xs1-5"));
	assert_false(is_below(&p, 7, "/"));
	assert_false(is_below(&p, 7, "/s1-5"));
	assert_false(is_below(&none, 0, "/s1-5"));
	p = (struct disk_place){
		.dev = 7}; /* the statedir is the root of a file system of its own */
	assert_true(is_below(&p, 7, "/s1-5/tmp"));
	assert_false(is_below(&p, 7, "/s1-6/tmp"));
}

TEST(test_the_place_of_a_directory_is_found)
{
	struct disk_place p;

	assert_int_equal(disk_find_place("/usr/lib", &p), 0);
	assert_true(p.dev != 0);
	assert_int_equal(p.len, strlen(p.path));
	assert_true(p.len >= strlen("/lib"));
	assert_string_equal(p.path + p.len - strlen("/lib"), "/lib");
	assert_int_equal(disk_find_place("/nonexistent", &p), -ENOENT);
	assert_int_equal(p.dev, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways_to_read_a_table_agree),
		cmocka_unit_test(test_a_mount_is_told_by_its_device_and_root),
		cmocka_unit_test(test_the_place_of_a_directory_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
