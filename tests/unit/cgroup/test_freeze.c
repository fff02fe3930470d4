/* SPDX-License-Identifier: MIT */
/* A control group stands still while it is frozen, and its processes are listed. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup/cgroup.h"
#include "cgroup/freeze.h"
#include "tests/unit/faults.h"
#include "tests/unit/process.h"
#include "tests/unit/scratch.h"

static char group[FREEZE_PATH];
static pid_t child;

/* A group of our own with one process in it; without cgroup2, or without root, there is none. */
static int set_up(void **state)
{
	struct cgroup_mount mounts[CGROUP_MOUNTS_MAX];
	int count = cgroup_read_mounts(mounts);
	char file[FREEZE_PATH + 16];
	FILE *procs;

	(void)state;
	group[0] = '\0';
	for (int i = 0; i < count && !group[0]; i++)
		if (mounts[i].is_v2)
			(void)snprintf(group, sizeof(group), "%.255s/test_freeze.%d",
				       mounts[i].point, (int)getpid());
	if (!group[0] || mkdir(group, 0755) < 0) {
		group[0] = '\0';
		return 0;
	}
	child = process_start();
	(void)snprintf(file, sizeof(file), "%s/cgroup.procs", group);
	procs = fopen(file, "we");
	return procs && fprintf(procs, "%d", (int)child) > 0 && fclose(procs) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	if (!group[0])
		return 0;
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	for (int i = 0; i < 100 && rmdir(group) < 0; i++)
		usleep(10000);
	return 0;
}

TEST(test_a_group_is_found_by_a_process_and_by_its_id)
{
	char dir[FREEZE_PATH], again[FREEZE_PATH];
	uint64_t id;

	if (!group[0])
		skip();
	assert_int_equal(freeze_find(child, dir, &id), 0);
	assert_string_equal(dir, group);
	assert_int_equal(freeze_find_id(id, again), 0);
	assert_string_equal(again, group);
	assert_int_equal(freeze_find_id(UINT64_MAX, again), -ENOENT);
}

TEST(test_ones_own_group_is_not_found)
{
	char dir[FREEZE_PATH];
	uint64_t id;

	assert_true(freeze_find(getpid(), dir, &id) < 0);
}

TEST(test_what_is_frozen_can_be_listed_and_killed)
{
	int pids[4], status;

	if (!group[0])
		skip();
	assert_int_equal(freeze_begin(group, 5000), 0);
	assert_int_equal(freeze_begin(group, 5000), 1); /* somebody has frozen it */
	assert_int_equal(freeze_list(group, pids, 4), 1);
	assert_int_equal(pids[0], child);
	assert_int_equal(freeze_list(group, pids, 0), -E2BIG);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	freeze_end(group);
	assert_int_equal(freeze_list(group, pids, 4), 0);
}

static uint64_t inode_of(const struct scratch *s, const char *name)
{
	struct stat st;

	assert_int_equal(stat(scratch_path(s, 0, name), &st), 0);
	return st.st_ino;
}

/* Of version 1: a directory stands for it. */
static int is_empty(const struct scratch *s)
{
	return cgroup_is_empty(scratch_path(s, 1, "job"), inode_of(s, "job"), false);
}

TEST(test_a_group_of_version_1_is_empty_if_all_of_it_could_be_read)
{
	char deep[FREEZE_PATH] = "job";
	struct scratch s;

	assert_int_equal(scratch_make(&s), 0);
	assert_int_equal(scratch_write(&s, "job/cgroup.procs", ""), 0);
	assert_int_equal(scratch_write(&s, "job/step/cgroup.procs", "0\n"), 0);
	assert_int_equal(is_empty(&s), 1);
	assert_int_equal(scratch_write(&s, "job/step/cgroup.procs", "0\n4711\n"), 0);
	assert_int_equal(is_empty(&s), 0);
	assert_int_equal(cgroup_is_empty(scratch_path(&s, 1, "job"), 1, false), 1);
	assert_int_equal(cgroup_is_empty(scratch_path(&s, 1, "none"), 1, false), 1);
	assert_int_equal(unlink(scratch_path(&s, 0, "job/step/cgroup.procs")), 0);
	assert_int_equal(mkdir(scratch_path(&s, 0, "job/step/cgroup.procs"), 0700), 0);
	assert_int_equal(is_empty(&s), -EISDIR); /* it cannot be told */
	assert_int_equal(rmdir(scratch_path(&s, 0, "job/step/cgroup.procs")), 0);
	for (unsigned i = 0; i < 40; i++) {
		(void)strcat(deep, "/d");
		assert_int_equal(mkdir(scratch_path(&s, 0, deep), 0700), 0);
	}
	(void)strcat(deep, "/cgroup.procs");
	assert_int_equal(scratch_write(&s, deep, "4711\n"), 0);
	assert_int_equal(is_empty(&s), 0);
	scratch_done(&s);
}

TEST(test_a_group_of_version_2_is_empty_by_its_events)
{
	struct scratch s;
	uint64_t id;

	assert_int_equal(scratch_make(&s), 0);
	assert_int_equal(scratch_write(&s, "job/cgroup.events", "populated 1\nfrozen 0\n"), 0);
	id = inode_of(&s, "job");
	assert_int_equal(cgroup_is_empty(scratch_path(&s, 1, "job"), id, true), 0);
	assert_int_equal(scratch_write(&s, "job/cgroup.events", "populated 0\nfrozen 0\n"), 0);
	assert_int_equal(cgroup_is_empty(scratch_path(&s, 1, "job"), id, true), 1);
	assert_int_equal(unlink(scratch_path(&s, 0, "job/cgroup.events")), 0);
	assert_int_equal(cgroup_is_empty(scratch_path(&s, 1, "job"), id, true), 1);
	scratch_done(&s);
}

/* Another has frozen it; it does not stand still within the time; it is gone. */
TEST(test_a_group_that_does_not_freeze_is_told)
{
	const char *dir;
	struct scratch s;

	assert_int_equal(scratch_make(&s), 0);
	assert_int_equal(scratch_write(&s, "g/cgroup.freeze", "1\n"), 0);
	assert_int_equal(scratch_write(&s, "g/cgroup.events", "populated 1\nfrozen 0\n"), 0);
	dir = scratch_path(&s, 0, "g");
	assert_int_equal(freeze_begin(dir, 0), 1);
	freeze_end(dir);
	assert_int_equal(scratch_write(&s, "g/cgroup.freeze", "0\n"), 0);
	dir = scratch_path(&s, 0, "g");
	assert_int_equal(freeze_begin(dir, 0), -ETIMEDOUT);
	assert_int_equal(freeze_begin(scratch_path(&s, 1, "none"), 0), -ENOENT);
	assert_int_equal(freeze_wait(scratch_path(&s, 1, "none"), 0), -ENOENT);
	scratch_done(&s);
}

/* Whichever call fails, a group that a process is in is never said to be empty. */
static void ask_with_a_fault(struct faults *f)
{
	struct scratch s;
	uint64_t id;
	int r;

	faults_check(scratch_make(&s) == 0 && scratch_write(&s, "job/cgroup.procs", "") == 0 &&
			     scratch_write(&s, "job/a/cgroup.procs", "4711\n") == 0,
		     "no group");
	id = inode_of(&s, "job");
	faults_begin(f);
	r = cgroup_is_empty(scratch_path(&s, 1, "job"), id, false);
	faults_end(f);
	faults_check(r <= 0 || f->shared->error == ENOENT, "the answer is that it is empty");
	faults_check_fds(f);
	scratch_done(&s);
}

TEST(test_a_group_that_cannot_be_read_is_not_empty)
{
	faults_sweep(ask_with_a_fault, NULL, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_group_is_found_by_a_process_and_by_its_id),
		CASE(test_ones_own_group_is_not_found),
		CASE(test_what_is_frozen_can_be_listed_and_killed),
		cmocka_unit_test(test_a_group_of_version_1_is_empty_if_all_of_it_could_be_read),
		cmocka_unit_test(test_a_group_of_version_2_is_empty_by_its_events),
		cmocka_unit_test(test_a_group_that_does_not_freeze_is_told),
		cmocka_unit_test(test_a_group_that_cannot_be_read_is_not_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
