/* SPDX-License-Identifier: MIT */
/* Numbers of file systems: whether the one with a set's number is the set's, somebody else's, or gone */
#include "sets/sentinel.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/idle_sets.h"
#include "tests/unit/process.h"
#include "tests/unit/test.h"

enum {
	NOBODYS = 0xfffff /* more file systems without a disk than any machine has */
};

static struct sets sets;
static struct set *set;

static struct set *adopt(uint64_t id)
{
	const struct set_record rec = {.id = id};
	struct set *s = set_adopt(&sets, &rec, -EBADF);

	assert_non_null(s);
	return s;
}

static int begin(void **state)
{
	(void)state;
	if (idle_sets_make(&sets, "/run/none", -EBADF, -EBADF) < 0)
		return -1;
	set = adopt(1);
	return 0;
}

static int end(void **state)
{
	(void)state;
	idle_sets_done(&sets);
	return 0;
}

static bool is_the_sets(uint64_t dev)
{
	return sentinel_has_dev(set, dev);
}

/* Some architectures have no such call, and some sandboxes do not allow it: each number is in use then. */
static void need_numbers(void)
{
	if (is_the_sets(NOBODYS))
		skip();
}

static uint64_t dev_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_dev;
}

TEST(test_a_number_that_nothing_has_is_gone)
{
	need_numbers();
	set->rec.end.sentinel_dev = NOBODYS;
	assert_false(is_the_sets(NOBODYS));
}

/* No tmpfs: it knows of neither room nor inodes. */
TEST(test_a_file_system_without_room_is_no_sets)
{
	need_numbers();
	assert_false(is_the_sets(dev_of("/proc")));
}

TEST(test_a_sentinel_is_told_by_its_size)
{
	const uint64_t dev = dev_of("/proc");

	need_numbers();
	set->rec.end.sentinel_dev = dev;
	set->rec.end.sentinel_blocks = 0; /* as that file system has it */
	assert_true(is_the_sets(dev));
	set->rec.end.sentinel_blocks = 4711; /* the number has been given again */
	assert_false(is_the_sets(dev));
}

/* A process with a tmpfs that nobody else sees, of @ret_dev. */
static pid_t start_with_tmpfs(uint64_t *ret_dev)
{
	int told[2];
	struct stat st;
	pid_t pid;

	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("test", "/tmp", "tmpfs", 0, NULL) < 0 || stat("/tmp", &st) < 0)
			_exit(1);
		*ret_dev = st.st_dev;
		if (write(told[1], ret_dev, sizeof(*ret_dev)) != sizeof(*ret_dev))
			_exit(1);
		for (;;)
			(void)pause();
	}
	assert_true(pid > 0);
	(void)close(told[1]);
	assert_int_equal(read(told[0], ret_dev, sizeof(*ret_dev)), sizeof(*ret_dev));
	(void)close(told[0]);
	return pid;
}

static void end_process(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

TEST(test_a_tmpfs_that_is_nobody_elses_is_the_sets)
{
	struct set *other = adopt(2);
	uint64_t dev = 0;
	pid_t pid;

	need_numbers();
	if (geteuid() != 0)
		skip();
	pid = start_with_tmpfs(&dev);
	assert_true(is_the_sets(dev));
	other->anchor.pid = pid;
	other->anchor.pidfd = (int)pidfd_open(pid, 0);
	assert_false(is_the_sets(dev)); /* the other set has it mounted */
	nsi_closep(&other->anchor.pidfd);
	assert_true(is_the_sets(dev));
	end_process(pid);
}

/* The kernel has given the number again. */
TEST(test_a_tmpfs_of_the_hosts_is_no_sets)
{
	struct stat st;
	uint64_t dev;

	need_numbers();
	if (stat("/dev/shm", &st) < 0 || stat("/run", &st) < 0)
		skip();
	dev = dev_of("/dev/shm");
	assert_false(is_the_sets(dev));
	dev = dev_of("/run");
	assert_false(is_the_sets(dev));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_number_that_nothing_has_is_gone),
		CASE(test_a_file_system_without_room_is_no_sets),
		CASE(test_a_sentinel_is_told_by_its_size),
		CASE(test_a_tmpfs_that_is_nobody_elses_is_the_sets),
		CASE(test_a_tmpfs_of_the_hosts_is_no_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
