/* SPDX-License-Identifier: MIT */
/* Facts that two sides compare: a file, the mounts of a namespace, the number of a pidfd */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "join/page.h"
#include "tests/unit/process.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static struct scratch scratch;

static int begin(void **state)
{
	(void)state;
	return scratch_make(&scratch);
}

static int end(void **state)
{
	(void)state;
	scratch_done(&scratch);
	return 0;
}

TEST(test_a_file_is_as_it_was_until_it_changes)
{
	const char *path = scratch_path(&scratch, 0, "policy");
	struct join_file before, after;
	struct stat st;

	assert_int_equal(scratch_write(&scratch, "policy", "a"), 0);
	assert_int_equal(stat(path, &st), 0);
	join_file_look(path, &before);
	join_file_look(path, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_string_equal(before.path, path);
	assert_true(before.ino == st.st_ino && before.dev == st.st_dev);
	assert_int_equal(before.size, 1);
	assert_int_equal(before.mode, st.st_mode);
	assert_int_equal(before.uid, geteuid());
	assert_int_equal(scratch_write(&scratch, "policy", "ab"), 0);
	join_file_look(path, &after);
	assert_memory_not_equal(&before, &after, sizeof(before));
	assert_int_equal(chmod(path, 0600), 0);
	join_file_look(path, &before);
	assert_memory_not_equal(&before, &after, sizeof(before));
}

/* A link is looked at itself, as it may lead elsewhere tomorrow. */
TEST(test_a_link_is_a_file_of_its_own)
{
	struct join_file link, file;

	assert_int_equal(scratch_write(&scratch, "policy", "a"), 0);
	assert_int_equal(symlink("policy", scratch_path(&scratch, 0, "link")), 0);
	join_file_look(scratch_path(&scratch, 0, "link"), &link);
	join_file_look(scratch_path(&scratch, 0, "policy"), &file);
	assert_true(S_ISLNK(link.mode) && S_ISREG(file.mode));
	assert_true(link.ino != file.ino);
}

TEST(test_a_file_that_is_not_there_is_all_zeros_but_its_path)
{
	struct join_file row, want;

	memset(&want, 0, sizeof(want));
	(void)snprintf(want.path, sizeof(want.path), "/nowhere/at/all");
	memset(&row, 'x', sizeof(row));
	join_file_look("/nowhere/at/all", &row);
	assert_memory_equal(&row, &want, sizeof(row));
}

TEST(test_the_longest_path)
{
	char path[JOIN_PATH + 1];
	struct join_file row;

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[JOIN_PATH - 1] = '\0';
	join_file_look(path, &row);
	assert_string_equal(row.path, path);
	path[JOIN_PATH - 1] = 'a';
	path[JOIN_PATH] = '\0';
	join_file_look(path, &row);
	assert_string_equal(row.path, ""); /* not a part of it, which is another path */
}

/* In a mount namespace of its own, where nobody else mounts.  Returns the exit status. */
static int compare_mounts(void)
{
	uint64_t before, again, after;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 77;
	before = join_mounts(0);
	again = join_mounts(0);
	if (before == 0) /* before Linux 6.11, or more mounts than are compared */
		return 77;
	if (mount("test", scratch.top, "tmpfs", 0, NULL) < 0)
		return 2;
	after = join_mounts(0);
	if (umount(scratch.top) < 0)
		return 3;
	return before == again && before != after && before == join_mounts(0) ? 0 : 1;
}

TEST(test_another_mount_is_another_number)
{
	pid_t pid;
	int status;

	assert_true(join_mounts(UINT64_MAX) == 0); /* there is no such namespace */
	pid = fork();
	if (pid == 0)
		_exit(compare_mounts());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status == 77 << 8)
		skip();
	assert_int_equal(status, 0);
}

/* Linux 6.9 has a number for each process; before that there is none. */
TEST(test_the_number_of_a_pidfd)
{
	const pid_t pid = process_start();
	NSI_AUTO_FD int self = (int)pidfd_open(getpid(), 0);
	NSI_AUTO_FD int twin = (int)pidfd_open(getpid(), 0);
	NSI_AUTO_FD int other = (int)pidfd_open(pid, 0);
	NSI_AUTO_FD int file = open("/", O_PATH | O_CLOEXEC);
	const uint64_t mine = join_pidfd_ino(self), others = join_pidfd_ino(other);

	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(join_pidfd_ino(-1) == 0);
	assert_true(join_pidfd_ino(file) == 0);
	assert_true(join_pidfd_ino(twin) == mine);
	assert_true(mine == 0 ? others == 0 : others != 0 && others != mine);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_file_is_as_it_was_until_it_changes),
		CASE(test_a_link_is_a_file_of_its_own),
		cmocka_unit_test(test_a_file_that_is_not_there_is_all_zeros_but_its_path),
		cmocka_unit_test(test_the_longest_path),
		CASE(test_another_mount_is_another_number),
		cmocka_unit_test(test_the_number_of_a_pidfd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
