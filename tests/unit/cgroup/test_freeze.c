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
#include "tests/unit/test.h"

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
	child = fork();
	if (child == 0)
		for (;;)
			pause();
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

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_group_is_found_by_a_process_and_by_its_id),
		CASE(test_ones_own_group_is_not_found),
		CASE(test_what_is_frozen_can_be_listed_and_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
