/* SPDX-License-Identifier: MIT */
/* The look for users of a directory on disk when a system call fails: a user is found, or the look is not whole */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "sets/disk.h"
#include "sets/members.h"
#include "tests/unit/faults_system.h"
#include "tests/unit/scratch.h"

#define STATEDIR "/run/state"
#define SET_NAME "s0a1b2c3d-9"
#define IN_SET   STATEDIR "/" SET_NAME "/tmp"

/* Ways to use the directory: none, a file of it, a working directory, a mount in another mount namespace. */
enum use {
	USE_NONE,
	USE_FILE,
	USE_CWD,
	USE_MOUNT,
};

/* A process that uses the directory, through a mount of its own, in a mount namespace of its own. */
static void use_it(enum use use, int ready)
{
	bool is_right =
		unshare(CLONE_NEWNS) == 0 && mount(IN_SET, "/mnt", NULL, MS_BIND, NULL) == 0;

	if (is_right && use == USE_FILE)
		is_right = open("/mnt/file", O_RDWR | O_CREAT | O_CLOEXEC, 0600) >= 0;
	if (is_right && use == USE_CWD)
		is_right = chdir("/mnt") == 0;
	if (is_right && use != USE_MOUNT)
		is_right = umount2("/mnt", MNT_DETACH) == 0;
	if (write(ready, is_right ? "y" : "n", 1) != 1)
		_exit(1);
	for (;;)
		(void)pause();
}

/* Starts it, and waits until it is in place. */
static void start_user(enum use use)
{
	int ready[2];
	char c = 'n';

	faults_check(pipe2(ready, O_CLOEXEC) == 0, "no pipe");
	if (use != USE_NONE && fork() == 0)
		use_it(use, ready[1]);
	faults_check(use == USE_NONE || (read(ready[0], &c, 1) == 1 && c == 'y'), "no user");
	(void)close(ready[0]);
	(void)close(ready[1]);
}

static void look(struct faults *f)
{
	const enum use use = *(enum use *)f->arg;
	const struct set_facts facts = {.types = ns_bit(NS_MNT), .user_count = 1}; /* of root's */
	struct members_target target = {
		.rec = &facts, .disk = SET_NAME, .statedir = STATEDIR, .wants_disk = true};
	uint64_t own;
	struct stat st;

	start_user(use);
	faults_check(stat("/proc/self/ns/mnt", &st) == 0, "no /proc");
	own = st.st_ino;
	faults_begin(f);
	disk_look(&target, 1, &(struct members_known){&own, 1}, clock_now_us() + 10000000);
	faults_end(f); /* it is a child's, and what it has open ends with that */
	if (use == USE_NONE)
		faults_check(target.members == 0, "somebody was found");
	else if (f->shared->error == EIO ||
		 f->shared->failed == -1) /* others say that it has ended */
		faults_check(target.members > 0 || target.is_partial,
			     "nobody was found, and the look says that it was whole");
}

static void look_in_system(struct faults *f)
{
	faults_check(mkdir(STATEDIR, 0700) == 0 && mkdir(STATEDIR "/" SET_NAME, 0700) == 0 &&
			     mkdir(IN_SET, 01777) == 0,
		     "no directories: %s", strerror(errno));
	look(f);
}

static void run(struct faults *f)
{
	faults_in_system(f, look_in_system);
}

static void sweep(enum use use)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(run, &use, 23);
}

TEST(test_nobody_is_found_where_nobody_is)
{
	sweep(USE_NONE);
}

TEST(test_an_open_file_is_found_or_the_look_is_not_whole)
{
	sweep(USE_FILE);
}

TEST(test_a_working_directory_is_found_or_the_look_is_not_whole)
{
	sweep(USE_CWD);
}

TEST(test_a_mount_is_found_or_the_look_is_not_whole)
{
	sweep(USE_MOUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_is_found_where_nobody_is),
		cmocka_unit_test(test_an_open_file_is_found_or_the_look_is_not_whole),
		cmocka_unit_test(test_a_working_directory_is_found_or_the_look_is_not_whole),
		cmocka_unit_test(test_a_mount_is_found_or_the_look_is_not_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
