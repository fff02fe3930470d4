/* SPDX-License-Identifier: MIT */
/* Limits without systemd, on directories that stand for control groups; and what is computed. */
#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "cgroup/cgroup_limit.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static const char *const files[] = {
	"fs/cgroup.controllers",
	"fs/cgroup.subtree_control",
	"fs/nsisolate/cgroup.controllers",
	"fs/nsisolate/cgroup.subtree_control",
	"fs/nsisolate/u1000/cgroup.controllers",
	"fs/nsisolate/u1000/cgroup.procs",
	"fs/nsisolate/u1000/pids.max",
	"fs/nsisolate/u1000/memory.max",
	"fs/nsisolate/u1000/cpu.max",
	"limits/.keep",
};

/* The kernel makes the files of a group with it; here they are there before. */
static void make_groups(struct scratch *s, const char *controllers)
{
	assert_int_equal(scratch_make(s), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		assert_int_equal(scratch_write(s, files[i],
					       strstr(files[i], "controllers") ? controllers : ""),
				 0);
}

static const char *read_back(const struct scratch *s, const char *name)
{
	static char text[256];

	assert_true(fd_read_file(AT_FDCWD, scratch_path(s, 1, name), text, sizeof(text)) >= 0);
	return text;
}

static struct limit_ask ask_in(const struct scratch *s, struct limit limit)
{
	struct limit_ask ask = {
		.limit = limit,
		.uid = 1000,
		.pid = 4711,
		.dir_fd = open(scratch_path(s, 0, "limits"), O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	};

	assert_true(ask.dir_fd >= 0);
	return ask;
}

TEST(test_a_group_gets_its_limits_and_then_its_process)
{
	const struct limit limit = {.tasks = 512, .memory = UINT64_C(2) << 30, .cpu = 150};
	struct limits_record rec;
	struct nsi_fail f = {""};
	struct limit_ask ask;
	struct scratch s;

	make_groups(&s, "cpuset cpu io memory pids\n");
	ask = ask_in(&s, limit);
	assert_int_equal(limit_by_group(&ask, scratch_path(&s, 0, "fs"), &f), 0);
	assert_string_equal(read_back(&s, "fs/nsisolate/u1000/pids.max"), "512");
	assert_string_equal(read_back(&s, "fs/nsisolate/u1000/memory.max"), "2147483648");
	assert_string_equal(read_back(&s, "fs/nsisolate/u1000/cpu.max"), "150000 100000");
	assert_string_equal(read_back(&s, "fs/nsisolate/u1000/cgroup.procs"), "4711");
	assert_int_equal(limits_read(ask.dir_fd, "u1000", &rec), 0);
	assert_string_equal(rec.group, scratch_path(&s, 0, "fs/nsisolate/u1000"));
	assert_string_equal(rec.unit, "");
	close(ask.dir_fd);
	scratch_done(&s);
}

TEST(test_a_controller_that_is_not_there_refuses)
{
	const struct limit limit = {.tasks = 512};
	struct nsi_fail f = {""};
	struct limit_ask ask;
	struct scratch s;

	make_groups(&s, "hugetlb\n");
	ask = ask_in(&s, limit);
	assert_int_equal(limit_by_group(&ask, scratch_path(&s, 0, "fs"), &f), -EOPNOTSUPP);
	assert_non_null(strstr(f.what, "controller 'pids'"));
	assert_string_equal(read_back(&s, "fs/nsisolate/u1000/cgroup.procs"), "");
	assert_int_equal(faccessat(ask.dir_fd, "u1000", F_OK, 0), -1);
	close(ask.dir_fd);
	scratch_done(&s);
}

TEST(test_a_limit_that_the_kernel_does_not_show_refuses)
{
	const struct limit limit = {.tasks = 512, .memory = 1 << 20};
	struct nsi_fail f = {""};
	struct limit_ask ask;
	struct scratch s;

	make_groups(&s, "memory pids\n");
	assert_int_equal(unlink(scratch_path(&s, 0, "fs/nsisolate/u1000/memory.max")), 0);
	ask = ask_in(&s, limit);
	assert_true(limit_by_group(&ask, scratch_path(&s, 0, "fs"), &f) < 0);
	assert_string_equal(read_back(&s, "fs/nsisolate/u1000/cgroup.procs"), "");
	assert_int_equal(limits_read(ask.dir_fd, "u1000", &(struct limits_record){.group = ""}), 0);
	close(ask.dir_fd);
	scratch_done(&s);
}

TEST(test_check_compares_what_the_kernel_says)
{
	struct limit limit = {.tasks = 10, .memory = 5000, .cpu = 50};
	const char *dir;
	struct scratch s;

	assert_int_equal(scratch_make(&s), 0);
	assert_int_equal(scratch_write(&s, "g/pids.max", "10\n"), 0);
	assert_int_equal(scratch_write(&s, "g/memory.max", "4096\n"), 0); /* in whole pages */
	assert_int_equal(scratch_write(&s, "g/cpu.max", "10000 20000\n"), 0);
	dir = scratch_path(&s, 0, "g");
	assert_int_equal(limit_check(dir, &limit, &(struct nsi_fail){""}), 0);
	limit.tasks = 11;
	assert_int_equal(limit_check(dir, &limit, &(struct nsi_fail){""}), -EAGAIN);
	limit = (struct limit){.memory = 8192};
	assert_int_equal(limit_check(dir, &limit, &(struct nsi_fail){""}), -EAGAIN);
	limit = (struct limit){.cpu = 51};
	assert_int_equal(limit_check(dir, &limit, &(struct nsi_fail){""}), -EAGAIN);
	assert_int_equal(scratch_write(&s, "g/cpu.max", "max 100000\n"), 0);
	assert_int_equal(limit_check(dir, &limit, &(struct nsi_fail){""}), -EAGAIN);
	assert_int_equal(unlink(scratch_path(&s, 1, "g/pids.max")), 0);
	limit = (struct limit){.tasks = 10};
	assert_int_equal(limit_check(dir, &limit, &(struct nsi_fail){""}), -ENOENT);
	scratch_done(&s);
}

TEST(test_below_is_by_whole_names)
{
	assert_true(limit_is_below("/fs/user-1.slice/session-1.scope", "/fs/user-1.slice"));
	assert_true(limit_is_below("/fs/user-1.slice", "/fs/user-1.slice"));
	assert_false(limit_is_below("/fs/user-1.slice2", "/fs/user-1.slice"));
	assert_false(limit_is_below("/fs", "/fs/user-1.slice"));
	assert_false(limit_is_below("/fs/x", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_group_gets_its_limits_and_then_its_process),
		cmocka_unit_test(test_a_controller_that_is_not_there_refuses),
		cmocka_unit_test(test_a_limit_that_the_kernel_does_not_show_refuses),
		cmocka_unit_test(test_check_compares_what_the_kernel_says),
		cmocka_unit_test(test_below_is_by_whole_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
