/* SPDX-License-Identifier: MIT */
/* Deletion of a directory's content, and of nothing beside it */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sweep/remove.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

enum {
	DEPTH = 3000,
	FILES = 5000
};

struct fixture {
	struct scratch s;
	int trash;
	struct remove_count count;
};

static int set_up(void **state)
{
	static struct fixture x;

	if (scratch_make(&x.s) < 0 || mkdir(scratch_path(&x.s, 0, "trash"), 0700) < 0)
		return -1;
	x.trash = open(scratch_path(&x.s, 0, "trash"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = &x;
	return x.trash < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	nsi_closep(&x->trash);
	scratch_done(&x->s);
	return 0;
}

static bool is_there(struct fixture *x, const char *name)
{
	struct stat st;

	return lstat(scratch_path(&x->s, 1, name), &st) == 0;
}

/* Removes it, too: a directory that is not empty stays. */
static bool is_empty(struct fixture *x)
{
	return rmdir(scratch_path(&x->s, 1, "trash")) == 0;
}

TEST(test_every_kind_of_file_goes)
{
	struct fixture *x = *state;

	scratch_write(&x->s, "trash/a/b/c/file", "x");
	scratch_write(&x->s, "trash/a/\xff\n name", "x");
	scratch_write(&x->s, "trash/top", "x");
	assert_int_equal(mkfifo(scratch_path(&x->s, 0, "trash/a/fifo"), 0600), 0);
	assert_int_equal(mkdir(scratch_path(&x->s, 0, "trash/a/shut"), 0), 0);
	assert_int_equal(symlink("nowhere", scratch_path(&x->s, 0, "trash/a/b/dangling")), 0);
	assert_int_equal(remove_below(x->trash, 0, &x->count), 0);
	assert_int_equal(x->count.stuck, 0);
	assert_int_equal(x->count.removed, 9);
	assert_true(is_empty(x));
}

TEST(test_what_is_late_goes_on_with_the_next_call)
{
	struct fixture *x = *state;
	unsigned calls = 0;
	int r;

	for (int i = 0; i < 30; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "trash/a/b%d/file", i);
		scratch_write(&x->s, name, "x");
	}
	while ((r = remove_below(x->trash, 1, &x->count)) == REMOVE_LATE)
		calls++;
	assert_int_equal(r, 0);
	assert_true(calls > 1);
	assert_true(is_empty(x));
}

/* The way of who has a directory open and makes files in it as fast as they are removed. */
static int fill(int dir)
{
	if (setgid(65534) < 0 || setuid(65534) < 0)
		return 1;
	return openat(dir, "more", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) < 0 && errno == EACCES &&
			       fchmod(dir, 0777) < 0
		       ? 0
		       : 2;
}

TEST(test_what_is_met_is_filled_no_more)
{
	struct fixture *x = *state;
	int dir, status;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir(scratch_path(&x->s, 0, "trash/a"), 0777), 0);
	assert_int_equal(mkdir(scratch_path(&x->s, 0, "trash/a/b"), 0777), 0);
	assert_int_equal(chown(scratch_path(&x->s, 0, "trash/a/b"), 65534, 65534), 0);
	scratch_write(&x->s, "trash/a/b/file", "x");
	scratch_write(&x->s, "trash/a/b/file2", "x");
	dir = open(scratch_path(&x->s, 0, "trash/a/b"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(remove_below(x->trash, 1, &x->count), REMOVE_LATE); /* lifts it */
	assert_int_equal(remove_below(x->trash, 1, &x->count),
			 REMOVE_LATE); /* meets it, or the next does */
	assert_int_equal(remove_below(x->trash, 1, &x->count), REMOVE_LATE);
	pid = fork();
	if (pid == 0)
		_exit(fill(dir));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(dir);
	assert_int_equal(remove_below(x->trash, 0, &x->count), 0);
	assert_true(is_empty(x));
}

TEST(test_links_are_not_followed)
{
	struct fixture *x = *state;

	scratch_write(&x->s, "safe/file", "x");
	scratch_write(&x->s, "trash/a/file", "x");
	assert_int_equal(symlink("../../safe", scratch_path(&x->s, 0, "trash/a/dir")), 0);
	assert_int_equal(symlink("../safe", scratch_path(&x->s, 0, "trash/dir")), 0);
	assert_int_equal(symlink("..", scratch_path(&x->s, 0, "trash/up")), 0);
	assert_int_equal(
		link(scratch_path(&x->s, 0, "safe/file"), scratch_path(&x->s, 1, "trash/hard")), 0);
	assert_int_equal(remove_below(x->trash, 0, &x->count), 0);
	assert_true(is_there(x, "safe/file"));
	assert_true(is_empty(x));
}

/* Names of 250 characters: a path of it would be longer than any that the kernel takes. */
TEST(test_depth_takes_no_descriptors)
{
	struct fixture *x = *state;
	const struct rlimit few = {(rlim_t)x->trash + 6, (rlim_t)x->trash + 6};
	struct rlimit before;
	char name[251];
	int at = dup(x->trash);

	memset(name, 'd', 250);
	name[250] = '\0';
	for (int i = 0; i < DEPTH; i++) {
		int next;

		assert_int_equal(mkdirat(at, name, 0700), 0);
		next = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(at);
		at = next;
	}
	close(at);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){few.rlim_cur, before.rlim_max}),
			 0);
	assert_int_equal(remove_below(x->trash, 0, &x->count), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(x->count.removed, DEPTH);
	assert_true(is_empty(x));
}

TEST(test_many_in_one_directory)
{
	struct fixture *x = *state;
	char name[64];

	assert_int_equal(mkdir(scratch_path(&x->s, 0, "trash/a"), 0700), 0);
	for (int i = 0; i < FILES; i++) {
		(void)snprintf(name, sizeof(name), "a/%d", i);
		close(openat(x->trash, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	}
	assert_int_equal(remove_below(x->trash, 0, &x->count), 0);
	assert_int_equal(x->count.removed, FILES + 1);
	assert_true(is_empty(x));
}

TEST(test_what_lies_in_the_way_of_lifting_is_no_obstacle)
{
	struct fixture *x = *state;

	/* As a sweep that was killed leaves it. */
	scratch_write(&x->s, "trash/lifted-0/a/b/file", "x");
	scratch_write(&x->s, "trash/lifted-1", "a file");
	scratch_write(&x->s, "trash/c/d/e/f/file", "x");
	assert_int_equal(remove_below(x->trash, 0, &x->count), 0);
	assert_int_equal(x->count.stuck, 0);
	assert_true(is_empty(x));
}

/* In a mount namespace of its own.  Returns 0, or the number of the step that went wrong. */
static int across_a_mount(struct fixture *x)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 1;
	scratch_write(&x->s, "trash/a/free", "x");
	scratch_write(&x->s, "trash/a/mnt/b/hidden", "x");
	if (mount("t", scratch_path(&x->s, 0, "trash/a/mnt"), "tmpfs", 0, NULL) < 0)
		return 2;
	scratch_write(&x->s, "trash/a/mnt/deep/file", "x");
	if (remove_below(x->trash, 0, &x->count) != 0)
		return 3;
	if (x->count.stuck == 0 || !strstr(x->count.first_stuck, "mnt"))
		return 4;
	/* Lifted or not, the mount is where it was put, with what is in it. */
	if (is_there(x, "trash/a/free"))
		return 5;
	if (!is_there(x, "trash/a/mnt/deep/file"))
		return 6;
	if (umount2(scratch_path(&x->s, 0, "trash/a/mnt"), MNT_DETACH) < 0)
		return 7;
	return remove_below(x->trash, 0, &x->count) == 0 && x->count.stuck == 0 && is_empty(x) ? 0
											       : 8;
}

TEST(test_mounts_are_not_crossed)
{
	struct fixture *x = *state;
	int status = 0;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	pid = fork();
	if (pid == 0)
		_exit(across_a_mount(x));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

TEST(test_an_empty_trash_is_fine)
{
	struct fixture *x = *state;

	assert_int_equal(remove_below(x->trash, 0, &x->count), 0);
	assert_int_equal(x->count.removed + x->count.stuck, 0);
	assert_true(is_empty(x));
	assert_int_equal(remove_below(-EBADF, 0, &x->count), -EBADF);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_every_kind_of_file_goes),
		CASE(test_what_is_late_goes_on_with_the_next_call),
		CASE(test_what_is_met_is_filled_no_more),
		CASE(test_links_are_not_followed),
		CASE(test_depth_takes_no_descriptors),
		CASE(test_many_in_one_directory),
		CASE(test_what_lies_in_the_way_of_lifting_is_no_obstacle),
		CASE(test_mounts_are_not_crossed),
		CASE(test_an_empty_trash_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
