/* SPDX-License-Identifier: MIT */
/* Private directories on disk: owner, name and end */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "instance/instance.h"
#include "instance/reserve.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static const char boot[] = "0a1b2c3d-0000-0000-0000-000000000000";
static const struct instance_key alice = {
	.kind = 'u', .number = 4242001, .uid = 4242001, .user = "nsi-test-alice", .boot_id = boot};
static const struct instance_retention for_ever = {0};

struct fixture {
	struct scratch s;
	int state;
	struct nsi_fail f;
};

static int set_up(void **state)
{
	static struct fixture x;

	memset(&x, 0, sizeof(x));
	umask(0);
	if (scratch_make(&x.s) < 0)
		return -1;
	x.state = open(x.s.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = &x;
	return x.state < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	nsi_closep(&x->state);
	scratch_done(&x->s);
	return 0;
}

/* Directories of root's are what most of it is about. */
static struct fixture *as_root(void **state)
{
	if (geteuid() != 0)
		skip();
	return *state;
}

static unsigned count_in(struct fixture *x, const char *name)
{
	DIR *dir = opendir(scratch_path(&x->s, 7, name));
	unsigned count = 0;
	struct dirent *e;

	while (dir && (e = readdir(dir)) != NULL)
		count += e->d_name[0] != '.';
	if (dir)
		(void)closedir(dir);
	return count;
}

static int open_tmp(struct fixture *x, const struct instance_key *key, mode_t mode)
{
	int lock, fd = instance_open(x->state, key, "/tmp", mode, &for_ever, &lock, &x->f);

	nsi_closep(&lock);
	return fd;
}

static void expect_name(const char *path, const char *wanted)
{
	char name[64];

	assert_int_equal(instance_name(path, name, sizeof(name)), 0);
	assert_string_equal(name, wanted);
}

TEST(test_one_name_for_one_path)
{
	char name[64], path[PATH_MAX] = "/";

	expect_name("/tmp", "tmp");
	expect_name("/var/tmp", "var-tmp");
	expect_name("/var-tmp", "var\\x2dtmp");
	expect_name("/.x/.y", "\\x2ex-.y");
	expect_name("/a b\n\xff", "a\\x20b\\x0a\\xff");
	expect_name("/a\\x20b", "a\\x5cx20b");
	assert_int_equal(instance_name("/", name, sizeof(name)), -EINVAL);
	assert_int_equal(instance_name("tmp", name, sizeof(name)), -EINVAL);
	assert_int_equal(instance_name("", name, sizeof(name)), -EINVAL);
	memset(path + 1, 'a', 63);
	assert_int_equal(instance_name(path, name, sizeof(name)), 0); /* and its end */
	path[64] = 'a';
	assert_int_equal(instance_name(path, name, sizeof(name)), -ENAMETOOLONG);
}

TEST(test_names_of_owners)
{
	struct instance_key key = alice;
	char name[64];

	instance_parent_name(&key, name);
	assert_string_equal(name, "u4242001");
	key.kind = 'g';
	key.number = UINT64_MAX;
	instance_parent_name(&key, name);
	assert_string_equal(name, "g18446744073709551615");
	key.kind = 's';
	key.number = 7;
	instance_parent_name(&key, name);
	assert_string_equal(name, "s0a1b2c3d-7");
}

TEST(test_when_an_instance_is_over)
{
	struct instance_meta meta = {.until_boot = true, .used = 1000};

	memcpy(meta.boot_id, boot, sizeof(boot));
	assert_false(instance_is_over(&meta, boot, 1u << 31));
	assert_true(instance_is_over(&meta, "another", 1000));
	meta.until_boot = false;
	assert_false(instance_is_over(&meta, "another", 1u << 31));
	meta.age = 60;
	assert_false(instance_is_over(&meta, boot, 1060));
	assert_true(instance_is_over(&meta, boot, 1061));
	assert_false(instance_is_over(&meta, boot, 10)); /* a clock that went backwards */
}

TEST(test_a_meta_file_comes_back)
{
	struct fixture *x = *state;
	struct instance_meta meta = {.until_boot = true, .age = UINT64_MAX, .used = 12}, got;
	bool alone;
	int fd;

	memcpy(meta.boot_id, boot, sizeof(boot));
	fd = meta_lock(x->state, x->state, "tmp", &meta, &alone, &x->f);
	assert_true(fd >= 0 && alone);
	assert_int_equal(instance_meta_read(x->state, "tmp", &got), 0);
	assert_true(got.until_boot && got.age == UINT64_MAX && got.used == 12);
	assert_string_equal(got.boot_id, boot);
	meta.used = UINT64_MAX;
	assert_int_equal(meta_update(fd, &meta), 0);
	assert_int_equal(instance_meta_read(x->state, "tmp", &got), 0);
	assert_true(got.used == UINT64_MAX);
	close(fd);
	assert_int_equal(instance_meta_read(x->state, "other", &got), -ENOENT);
	scratch_write(&x->s, ".meta-tmp", "nsisolate-instance 1 boot-only=0 age=x\n");
	assert_int_equal(instance_meta_read(x->state, "tmp", &got), -EBADMSG);
}

TEST(test_a_lock_is_shared_or_alone)
{
	struct fixture *x = *state;
	const struct instance_meta meta = {.used = 1, .boot_id = "b"};
	bool alone;
	int first = meta_lock(x->state, x->state, "tmp", &meta, &alone, &x->f), second;

	assert_true(first >= 0 && alone);
	assert_int_equal(meta_lock_unused(x->state, "tmp"), -EWOULDBLOCK);
	assert_int_equal(meta_share(&first, x->state, "tmp", &x->f), 0);
	assert_int_equal(fcntl(first, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(meta_lock_unused(x->state, "tmp"), -EWOULDBLOCK);
	second = meta_lock(x->state, x->state, "tmp", &meta, &alone, &x->f);
	assert_true(second >= 0 && !alone);
	close(first);
	assert_int_equal(meta_lock_unused(x->state, "tmp"), -EWOULDBLOCK);
	close(second);
	first = meta_lock_unused(x->state, "tmp");
	assert_true(first >= 0);
	close(first);
	assert_int_equal(meta_lock_unused(x->state, "other"), -ENOENT);
}

TEST(test_the_reserve_is_filled_up)
{
	struct fixture *x = as_root(state);

	assert_int_equal(reserve_fill(x->state), 0);
	assert_int_equal(count_in(x, "reserve"), 2 * RESERVE_COUNT);
	assert_int_equal(rmdir(scratch_path(&x->s, 0, "reserve/dir-7")), 0);
	assert_int_equal(unlink(scratch_path(&x->s, 0, "reserve/file-63")), 0);
	assert_int_equal(reserve_fill(x->state), 0);
	assert_int_equal(count_in(x, "reserve"), 2 * RESERVE_COUNT);
}

TEST(test_an_instance_is_made_and_found_again)
{
	struct fixture *x = as_root(state);
	struct stat first, again, parent;
	int fd = open_tmp(x, &alice, 01777);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &first), 0);
	assert_int_equal(first.st_mode & 07777, 01777);
	assert_int_equal(first.st_uid + first.st_gid, 0);
	assert_int_equal(stat(scratch_path(&x->s, 0, "u4242001"), &parent), 0);
	assert_int_equal(parent.st_mode & 07777, 0700);
	close(fd);
	fd = open_tmp(x, &alice, 01777);
	assert_int_equal(fstat(fd, &again), 0);
	assert_int_equal(first.st_ino, again.st_ino);
	close(fd);
}

TEST(test_an_edited_mode_is_applied)
{
	struct fixture *x = as_root(state);
	const char *tmp = scratch_path(&x->s, 0, "u4242001/tmp");
	struct stat made, edited;
	int fd = open_tmp(x, &alice, 01777);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &made), 0);
	close(fd);
	fd = open_tmp(x, &alice, 02770);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(lstat(tmp, &edited), 0);
	assert_int_equal(edited.st_mode & 07777, 02770);
	assert_int_equal(edited.st_ino, made.st_ino);
}

TEST(test_what_is_in_the_way_is_refused_and_left)
{
	struct fixture *x = as_root(state);
	const char *dir = scratch_path(&x->s, 0, "u4242001");
	const char *tmp = scratch_path(&x->s, 1, "u4242001/tmp");
	struct stat st;

	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(mkdir(tmp, 0777), 0);
	assert_int_equal(chown(tmp, 65534, 0), 0);
	assert_int_equal(open_tmp(x, &alice, 01777), -EPERM); /* the owner */
	assert_int_equal(chown(tmp, 0, 65534), 0);
	assert_int_equal(chmod(tmp, 01777), 0);
	assert_int_equal(open_tmp(x, &alice, 01777), -EPERM); /* the group */
	assert_int_equal(lstat(tmp, &st), 0);
	assert_int_equal(st.st_gid, 65534); /* and nothing was mended */
	assert_int_equal(rmdir(tmp), 0);
	assert_int_equal(symlink("/etc", tmp), 0);
	assert_int_equal(open_tmp(x, &alice, 01777), -ENOTDIR); /* is not followed */
	assert_int_equal(unlink(tmp), 0);
	scratch_write(&x->s, "u4242001/tmp", "x");
	assert_int_equal(open_tmp(x, &alice, 01777), -ENOTDIR);
	assert_int_equal(unlink(tmp), 0);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(open_tmp(x, &alice, 01777), -EPERM); /* the one above */
	assert_string_not_equal(x->f.what, "");
	assert_int_equal(chmod(dir, 0700), 0);
	close(open_tmp(x, &alice, 01777));
	assert_int_equal(lstat(tmp, &st), 0);
}

TEST(test_another_owner_of_the_uid_begins_anew)
{
	struct fixture *x = as_root(state);
	struct instance_key other = alice;
	int fd = open_tmp(x, &alice, 01777);

	assert_true(fd >= 0);
	close(openat(fd, "secret", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	close(fd);
	other.user = "nsi-test-bob";
	fd = open_tmp(x, &other, 01777);
	assert_true(fd >= 0);
	assert_int_equal(faccessat(fd, "secret", F_OK, 0), -1);
	close(fd);
	assert_int_equal(count_in(x, "quarantine"), 1);
}

TEST(test_a_second_name_of_the_account_is_the_same_owner)
{
	struct fixture *x = as_root(state);
	struct instance_key root = {
		.kind = 'u', .number = 0, .uid = 0, .user = "root", .boot_id = boot};

	close(open_tmp(x, &root, 01777));
	root.user = "toor"; /* "root" still is an account of uid 0 */
	close(open_tmp(x, &root, 01777));
	assert_int_equal(count_in(x, "quarantine"), 0);
	assert_int_equal(count_in(x, "u0"), 2); /* the owner's name, and the directory */
}

TEST(test_a_crash_between_directory_and_owner_is_no_stranger)
{
	struct fixture *x = as_root(state);

	assert_int_equal(mkdir(scratch_path(&x->s, 0, "u4242001"), 0700), 0);
	close(open_tmp(x, &alice, 01777));
	assert_int_equal(faccessat(x->state, "u4242001/owner", F_OK, 0), 0);
	assert_int_equal(count_in(x, "quarantine"), 0);
}

TEST(test_one_that_is_over_is_made_anew_unless_it_is_in_use)
{
	struct fixture *x = as_root(state);
	const struct instance_retention until_boot = {.until_boot = true};
	struct instance_key later = alice;
	struct stat first, again;
	int lock, other_lock, other;
	int fd = instance_open(x->state, &alice, "/tmp", 01777, &until_boot, &lock, &x->f);

	assert_true(fd >= 0 && lock >= 0);
	assert_int_equal(fstat(fd, &first), 0);
	later.boot_id = "another-boot";
	other = instance_open(x->state, &later, "/tmp", 01777, &until_boot, &other_lock, &x->f);
	assert_int_equal(fstat(other, &again), 0);
	assert_int_equal(first.st_ino, again.st_ino); /* it is in use */
	assert_int_equal(count_in(x, "trash"), 0);
	close(other);
	close(other_lock);
	close(lock);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0); /* of no account: users can do so */
	later.boot_id = "a-third-one";
	other = instance_open(x->state, &later, "/tmp", 01777, &until_boot, &other_lock, &x->f);
	assert_true(other >= 0);
	assert_int_equal(count_in(x, "trash"), 1);
	close(other);
	close(other_lock);
	close(fd);
}

TEST(test_a_damaged_meta_file_ends_nothing)
{
	struct fixture *x = as_root(state);
	int dir;

	close(open_tmp(x, &alice, 01777));
	scratch_write(&x->s, "u4242001/.meta-tmp", "nonsense");
	dir = openat(x->state, "u4242001", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(instance_end_if_over(x->state, dir, "tmp", "another"), 0);
	assert_int_equal(instance_end_if_over(x->state, dir, "not-there", "another"), 0);
	assert_int_equal(faccessat(dir, "tmp", F_OK, 0), 0);
	close(dir);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_one_name_for_one_path),
		CASE(test_names_of_owners),
		CASE(test_when_an_instance_is_over),
		CASE(test_a_meta_file_comes_back),
		CASE(test_a_lock_is_shared_or_alone),
		CASE(test_the_reserve_is_filled_up),
		CASE(test_an_instance_is_made_and_found_again),
		CASE(test_an_edited_mode_is_applied),
		CASE(test_what_is_in_the_way_is_refused_and_left),
		CASE(test_another_owner_of_the_uid_begins_anew),
		CASE(test_a_second_name_of_the_account_is_the_same_owner),
		CASE(test_a_crash_between_directory_and_owner_is_no_stranger),
		CASE(test_one_that_is_over_is_made_anew_unless_it_is_in_use),
		CASE(test_a_damaged_meta_file_ends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
