/* SPDX-License-Identifier: MIT */
/* The usage of directories, the network on record, and the limits of a set */
#include "ctl/usage.h"

#include "base/cleanup.h"
#include "ctl/sets.h"
#include "state/limits_record.h"
#include "tests/unit/ctl/machine.h"

static int open_root(void)
{
	return open(machine.s.top, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

TEST(test_a_tree_is_counted)
{
	NSI_AUTO_FD int root = open_root();
	struct record_dir dir = {.path = "/tree", .method = POL_METHOD_DISK};
	struct usage usage;

	assert_int_equal(scratch_write(&machine.s, "tree/a", "1"), 0);
	assert_int_equal(scratch_write(&machine.s, "tree/below/b", "2"), 0);
	assert_int_equal(symlink("/etc", scratch_path(&machine.s, 0, "tree/link")), 0);
	usage = usage_of(root, &dir);
	assert_true(usage.is_known);
	assert_false(usage.is_partial);
	assert_int_equal(usage.inodes_used, 4);
	assert_int_equal(usage.size, 0);
}

TEST(test_a_tree_that_is_too_deep_is_counted_in_part)
{
	NSI_AUTO_FD int root = open_root();
	struct record_dir dir = {.path = "/tree", .method = POL_METHOD_DISK};
	char path[250] = "tree";
	struct usage usage;

	for (int i = 0; i < 60; i++)
		(void)strcat(path, "/d");
	(void)strcat(path, "/file");
	assert_int_equal(scratch_write(&machine.s, path, ""), 0);
	usage = usage_of(root, &dir);
	assert_true(usage.is_known);
	assert_true(usage.is_partial);
}

TEST(test_what_cannot_be_measured_is_not_known)
{
	NSI_AUTO_FD int root = open_root();

	assert_false(usage_of(root, &(struct record_dir){.path = "/none"}).is_known);
	assert_false(usage_of(root, &(struct record_dir){.path = "relative"}).is_known);
	assert_false(usage_of(-ENOENT, &(struct record_dir){.path = "/"}).is_known);
	assert_false(usage_of(root, &(struct record_dir){.path = "/run", .dev = 1}).is_known);
}

TEST(test_a_tmpfs_is_asked_for_its_size)
{
	NSI_AUTO_FD int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct usage usage = usage_of(
		root, &(struct record_dir){.path = "/dev/shm", .method = POL_METHOD_TMPFS});

	if (!usage.is_known)
		skip();
	assert_true(usage.size > 0);
	assert_true(usage.inodes > 0);
}

TEST(test_the_network_on_record)
{
	struct view v = {.rec = {.id = 7}};
	struct net_record n;

	network_read(machine.rundir, &v, &n);
	assert_string_equal(n.mode, "host");
	v.rec.types = ns_bit(NS_NET);
	network_read(machine.rundir, &v, &n);
	assert_string_equal(n.mode, "none");
	assert_int_equal(
		scratch_write(&machine.s, "run/net/7", "mode=nat\nbridge=br0\npublish=cell\n"), 0);
	network_read(machine.rundir, &v, &n);
	assert_string_equal(n.mode, "nat");
	assert_string_equal(n.bridge, "br0");
	assert_string_equal(network_name(&n), "cell");
	v.is_own = true; /* which may not read it */
	network_read(machine.rundir, &v, &n);
	assert_string_equal(n.mode, "");
}

TEST(test_the_limits_in_force)
{
	struct set_record rec = {.id = 7, .uid = 2001, .has_limits = true};
	NSI_AUTO_FD int dir = -EBADF;
	struct limits_record record = {.group = ""};
	struct limits l = limits_of(&machine.ctl, &rec);

	assert_false(l.is_known);
	assert_int_equal(mkdir(scratch_path(&machine.s, 0, "run/limits"), 0700), 0);
	dir = open(scratch_path(&machine.s, 0, "run/limits"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	text_fmt(record.group, sizeof(record.group), "%s/group", machine.s.top);
	assert_int_equal(limits_write(dir, "u2001", &record), 0);
	assert_false(limits_of(&machine.ctl, &rec).is_known); /* a group that is gone */
	assert_int_equal(scratch_write(&machine.s, "group/pids.current", "5\n"), 0);
	assert_int_equal(scratch_write(&machine.s, "group/pids.max", "100\n"), 0);
	assert_int_equal(scratch_write(&machine.s, "group/memory.max", "max\n"), 0);
	assert_int_equal(scratch_write(&machine.s, "group/cpu.max", "50000 100000\n"), 0);
	l = limits_of(&machine.ctl, &rec);
	assert_true(l.is_known);
	assert_int_equal(l.tasks, 5);
	assert_int_equal(l.tasks_max, 100);
	assert_int_equal(l.memory_max, 0);
	assert_int_equal(l.cpu, 50);
	assert_int_equal(scratch_write(&machine.s, "group/cpu.max", "max 100000\n"), 0);
	assert_int_equal(limits_of(&machine.ctl, &rec).cpu, 0);
	rec.scope = POL_SCOPE_SESSION; /* has limits of its own */
	assert_false(limits_of(&machine.ctl, &rec).is_known);
	assert_false(limits_of(&machine.ctl, &(struct set_record){.uid = 2001}).is_known);
}

TEST(test_the_root_of_a_set_is_that_of_its_anchor)
{
	struct view v = {.rec = machine_set(7, 0)};
	int fd = view_open_root(&v);

	assert_true(fd >= 0);
	(void)close(fd);
	v.rec.anchor_start++; /* another process has its number */
	assert_int_equal(view_open_root(&v), -ESRCH);
	machine_kill_anchors();
	assert_true(view_open_root(&v) < 0);
	v.is_own = true;
	fd = view_open_root(&v);
	assert_true(fd >= 0);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_a_tree_is_counted),
		MACHINE_TEST(test_a_tree_that_is_too_deep_is_counted_in_part),
		MACHINE_TEST(test_what_cannot_be_measured_is_not_known),
		MACHINE_TEST(test_a_tmpfs_is_asked_for_its_size),
		MACHINE_TEST(test_the_network_on_record),
		MACHINE_TEST(test_the_limits_in_force),
		MACHINE_TEST(test_the_root_of_a_set_is_that_of_its_anchor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
