/* SPDX-License-Identifier: MIT */
/*
 * Root owns what is made here, below a directory of /run that root alone can write to; without
 * root there is nobody to be told apart, and the tests about that are skipped.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static const uid_t stranger = 65534;

struct fixture {
	struct scratch s;
	int fd;
	struct nsi_fail f;
};

static int set_up(void **state)
{
	static struct fixture x;

	memset(&x, 0, sizeof(x));
	umask(0);
	strcpy(x.s.top, geteuid() == 0 ? "/run/nsi-test-XXXXXX" : "/tmp/nsi-test-XXXXXX");
	if (!mkdtemp(x.s.top))
		return -1;
	x.fd = open(x.s.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = &x;
	return x.fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	nsi_closep(&x->fd);
	scratch_done(&x->s);
	return 0;
}

static const char *at(struct fixture *x, unsigned slot, const char *name)
{
	return scratch_path(&x->s, slot, name);
}

static void need_root(void)
{
	if (geteuid() != 0)
		skip();
}

/* Returns the result of path_open_trusted() for @name: 0, or the errno with its sentence. */
static int try(struct fixture *x, const char *name, unsigned trust)
{
	int fd;

	x->f = (struct nsi_fail){""};
	fd = path_open_trusted(at(x, 0, name), O_PATH, trust, &x->f);
	if (fd < 0)
		assert_true(strlen(x->f.what) > 0);
	else
		close(fd);
	return fd < 0 ? fd : 0;
}

static void assert_blames(struct fixture *x, const char *name, const char *why)
{
	char want[400];

	(void)snprintf(want, sizeof(want), "%s %s", at(x, 1, name), why);
	assert_string_equal(x->f.what, want);
}

TEST(test_open_refuses_links_wherever_they_are)
{
	struct fixture *x = *state;
	int fd;

	assert_int_equal(scratch_write(&x->s, "dir/file", "x"), 0);
	assert_int_equal(symlink("dir", at(x, 0, "link")), 0);
	assert_int_equal(symlink("file", at(x, 0, "dir/last")), 0);
	fd = path_open(x->fd, "dir/file", O_RDONLY, PATH_ANY);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	assert_int_equal(path_open(x->fd, "link/file", O_RDONLY, PATH_ANY), -ELOOP);
	assert_int_equal(path_open(x->fd, "dir/last", O_RDONLY, PATH_ANY), -ELOOP);
	assert_int_equal(path_open(x->fd, "link", O_PATH, PATH_ANY), -ELOOP);
	assert_int_equal(path_open(x->fd, "link", O_PATH | O_NOFOLLOW, PATH_ANY), -ELOOP);
	assert_int_equal(path_open(x->fd, "none", O_RDONLY, PATH_ANY), -ENOENT);
	assert_int_equal(path_open(AT_FDCWD, "/proc/self/root", O_PATH, PATH_ANY), -ELOOP);
}

TEST(test_open_stays_on_one_file_system_if_told)
{
	int fd = path_open(AT_FDCWD, "/proc/self/status", O_PATH, PATH_ANY);

	assert_true(fd < 0 ? fd == -ELOOP : close(fd) == 0); /* "self" is a link */
	assert_int_equal(path_open(AT_FDCWD, "/proc/1", O_PATH, PATH_XDEV_NO), -EXDEV);
	fd = path_open(AT_FDCWD, "/proc/1", O_PATH, PATH_ANY);
	assert_true(fd >= 0);
	close(fd);
}

TEST(test_trusted_names_the_component_that_is_not_roots)
{
	struct fixture *x = *state;

	need_root();
	assert_int_equal(scratch_write(&x->s, "a/b/c", "x"), 0);
	assert_int_equal(try(x, "a/b/c", PATH_ROOT_OWNED), -EPERM); /* a file made with umask 0 */
	assert_blames(x, "a/b/c", "can be written by others than root");
	assert_int_equal(chmod(at(x, 0, "a/b/c"), 0644), 0);
	assert_int_equal(try(x, "a/b/c", PATH_ROOT_OWNED), 0);
	assert_int_equal(chown(at(x, 0, "a/b"), stranger, 0), 0);
	assert_int_equal(try(x, "a/b/c", PATH_ROOT_OWNED), -EPERM);
	assert_blames(x, "a/b", "is not owned by root");
	assert_int_equal(try(x, "a/b/c", PATH_ANY), 0);
	assert_int_equal(chown(at(x, 0, "a/b"), 0, 0), 0);
	assert_int_equal(chmod(at(x, 0, "a"), 0775), 0);
	assert_int_equal(try(x, "a/b/c", PATH_ROOT_OWNED), -EPERM);
	assert_blames(x, "a", "can be written by others than root");
}

TEST(test_trusted_lets_only_the_last_be_sticky)
{
	struct fixture *x = *state;

	need_root();
	assert_int_equal(mkdir(at(x, 0, "t"), 0700), 0);
	assert_int_equal(chmod(at(x, 0, "t"), 01777), 0);
	assert_int_equal(mkdir(at(x, 0, "t/in"), 0755), 0);
	assert_int_equal(try(x, "t", PATH_ROOT_OWNED), -EPERM);
	assert_int_equal(try(x, "t", PATH_ROOT_OWNED | PATH_STICKY_OK), 0);
	assert_int_equal(try(x, "t/in", PATH_ROOT_OWNED | PATH_STICKY_OK), -EPERM);
	assert_blames(x, "t", "can be written by others than root");
	assert_int_equal(chown(at(x, 0, "t"), stranger, 0), 0);
	assert_int_equal(try(x, "t", PATH_ROOT_OWNED | PATH_STICKY_OK), -EPERM);
	assert_blames(x, "t", "is not owned by root");
}

TEST(test_a_mount_point_may_be_anybodys_to_write_to)
{
	struct fixture *x = *state;

	need_root();
	assert_int_equal(mkdir(at(x, 0, "t"), 0700), 0);
	assert_int_equal(chmod(at(x, 0, "t"), 01777), 0);
	assert_int_equal(mkdir(at(x, 0, "t/in"), 0700), 0);
	assert_int_equal(chmod(at(x, 0, "t/in"), 02777), 0);
	assert_int_equal(mkdir(at(x, 0, "t/in/below"), 0755), 0);
	assert_int_equal(try(x, "t/in", PATH_ROOT_OWNED | PATH_MOUNT_POINT), 0);
	assert_int_equal(try(x, "t/in/below", PATH_ROOT_OWNED | PATH_MOUNT_POINT), -EPERM);
	assert_blames(x, "t/in", "can be written by others than root");
	assert_int_equal(chown(at(x, 0, "t/in"), stranger, 0), 0);
	assert_int_equal(try(x, "t/in", PATH_ROOT_OWNED | PATH_MOUNT_POINT), -EPERM);
	assert_blames(x, "t/in", "is not owned by root");
}

TEST(test_trusted_refuses_links_and_odd_paths)
{
	struct fixture *x = *state;
	char long_name[300];

	assert_int_equal(mkdir(at(x, 0, "real"), 0755), 0);
	assert_int_equal(symlink("real", at(x, 0, "link")), 0);
	assert_int_equal(try(x, "link", PATH_ANY), -ELOOP);
	assert_blames(x, "link", "is a symbolic link");
	assert_int_equal(try(x, "none/more", PATH_ANY), -ENOENT);
	assert_int_equal(path_open_trusted("relative", O_PATH, PATH_ANY, &x->f), -EINVAL);
	memset(long_name, 'a', sizeof(long_name));
	long_name[0] = '/';
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(path_open_trusted(long_name, O_PATH, PATH_ANY, &x->f), -ENAMETOOLONG);
	/* Slashes more than needed change nothing. */
	(void)snprintf(long_name, sizeof(long_name), "%s//real//", x->s.top);
	assert_true(close(path_open_trusted(long_name, O_PATH, PATH_ANY, &x->f)) == 0);
}

TEST(test_make_dir_takes_what_is_exactly_right)
{
	struct fixture *x = *state;
	static const struct {
		const char *name;
		mode_t mode;
	} dirs[] = {{"sticky", 01777},
		    {"group", 03770}}; /* mkdir(2) does not set the latter's group bit */
	struct stat st;
	int fd;

	need_root();
	for (int i = 0; i < 4; i++) { /* new, and there already */
		fd = path_make_dir(x->fd, dirs[i / 2].name, dirs[i / 2].mode, &x->f);
		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_mode, S_IFDIR | dirs[i / 2].mode);
		close(fd);
	}
}

TEST(test_make_dir_never_mends_what_is_there)
{
	struct fixture *x = *state;

	need_root();
	assert_int_equal(mkdir(at(x, 0, "mode"), 0755), 0);
	assert_int_equal(path_make_dir(x->fd, "mode", 0700, &x->f), -EPERM);
	assert_int_equal(mkdir(at(x, 0, "owner"), 0700), 0);
	assert_int_equal(chown(at(x, 0, "owner"), stranger, 0), 0);
	assert_int_equal(path_make_dir(x->fd, "owner", 0700, &x->f), -EPERM);
	assert_int_equal(mkdir(at(x, 0, "group"), 0700), 0);
	assert_int_equal(chown(at(x, 0, "group"), 0, 100), 0);
	assert_int_equal(path_make_dir(x->fd, "group", 0700, &x->f), -EPERM);
	assert_int_equal(scratch_write(&x->s, "file", ""), 0);
	assert_int_equal(path_make_dir(x->fd, "file", 0700, &x->f), -ENOTDIR);
	assert_int_equal(symlink("mode", at(x, 0, "link")), 0);
	assert_true(path_make_dir(x->fd, "link", 0755, &x->f) < 0);
	assert_int_equal(symlink("/nowhere", at(x, 0, "dangling")), 0);
	assert_true(path_make_dir(x->fd, "dangling", 0700, &x->f) < 0);
	assert_int_equal(access("/nowhere", F_OK), -1);
}

TEST(test_make_trusted_dir_holds_the_way_against_trust)
{
	struct fixture *x = *state;
	int fd;

	need_root();
	fd = path_make_trusted_dir(at(x, 0, "new"), 0700, &x->f);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(mkdir(at(x, 0, "his"), 0755), 0);
	assert_int_equal(chown(at(x, 0, "his"), stranger, 0), 0);
	assert_int_equal(path_make_trusted_dir(at(x, 0, "his/new"), 0700, &x->f), -EPERM);
	assert_blames(x, "his", "is not owned by root");
	x->f = (struct nsi_fail){""};
	assert_int_equal(path_make_trusted_dir(at(x, 0, "none/new"), 0700, &x->f), -ENOENT);
	assert_int_equal(path_make_trusted_dir("new", 0700, &x->f), -EINVAL);
	assert_int_equal(path_make_trusted_dir("/run/", 0700, &x->f), -EINVAL);
}

TEST(test_write_file_replaces_in_one_step)
{
	struct fixture *x = *state;
	char buf[64];
	struct stat before, after;

	assert_int_equal(path_write_file(x->fd, "f", 0640, "first", 5), 0);
	assert_int_equal(stat(at(x, 0, "f"), &before), 0);
	assert_int_equal(before.st_mode & 07777, 0640);
	assert_int_equal(path_write_file(x->fd, "f", 0600, "second", 6), 0);
	assert_int_equal(stat(at(x, 0, "f"), &after), 0);
	assert_true(before.st_ino != after.st_ino); /* who has the old one open keeps it whole */
	assert_int_equal(after.st_mode & 07777, 0600);
	assert_int_equal(fd_read_file(x->fd, "f", buf, sizeof(buf)), 6);
	assert_string_equal(buf, "second");
	assert_int_equal(access(at(x, 0, ".f.new"), F_OK), -1);
}

TEST(test_write_file_survives_what_a_crash_left)
{
	struct fixture *x = *state;
	char buf[64];

	assert_int_equal(scratch_write(&x->s, ".f.new", "half"), 0);
	assert_int_equal(path_write_file(x->fd, "f", 0600, "whole", 5), 0);
	assert_int_equal(fd_read_file(x->fd, "f", buf, sizeof(buf)), 5);
	/* A link in the temporary's place is removed, and not written through. */
	assert_int_equal(scratch_write(&x->s, "victim", "mine"), 0);
	assert_int_equal(symlink("victim", at(x, 0, ".f.new")), 0);
	assert_int_equal(path_write_file(x->fd, "f", 0600, "again", 5), 0);
	assert_int_equal(fd_read_file(x->fd, "victim", buf, sizeof(buf)), 4);
	/* One in the file's own place is replaced. */
	assert_int_equal(unlink(at(x, 0, "f")), 0);
	assert_int_equal(symlink("victim", at(x, 0, "f")), 0);
	assert_int_equal(path_write_file(x->fd, "f", 0600, "third", 5), 0);
	assert_int_equal(fd_read_file(x->fd, "victim", buf, sizeof(buf)), 4);
	assert_int_equal(fd_read_file(x->fd, "f", buf, sizeof(buf)), 5);
}

TEST(test_write_file_leaves_nothing_when_it_cannot)
{
	struct fixture *x = *state;
	char name[260];

	assert_int_equal(mkdir(at(x, 0, "f"), 0700), 0);
	assert_true(path_write_file(x->fd, "f", 0600, "x", 1) < 0);
	assert_int_equal(access(at(x, 0, ".f.new"), F_OK), -1);
	memset(name, 'n', sizeof(name));
	name[252] = '\0';
	assert_int_equal(path_write_file(x->fd, name, 0600, "x", 1), -ENAMETOOLONG);
	assert_int_equal(path_write_file(-1, "f", 0600, "x", 1), -EBADF);
}

TEST(test_tidy_takes_what_was_not_finished)
{
	struct fixture *x = *state;
	static const char *const names[] = {"f", ".bad-f", ".new", ".f.new", ".12.device-eth1.new"};
	int lock = open(x->s.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(path_write_file(x->fd, names[i], 0600, "x", 1), 0);
	assert_int_equal(flock(lock, LOCK_EX), 0); /* they may be what is being written now */
	path_tidy(x->fd);
	assert_int_equal(access(at(x, 0, ".f.new"), F_OK), 0);
	close(lock);
	path_tidy(x->fd);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(access(at(x, 0, names[i]), F_OK), i < 3 ? 0 : -1);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_open_refuses_links_wherever_they_are),
		EACH(test_open_stays_on_one_file_system_if_told),
		EACH(test_trusted_names_the_component_that_is_not_roots),
		EACH(test_trusted_lets_only_the_last_be_sticky),
		EACH(test_a_mount_point_may_be_anybodys_to_write_to),
		EACH(test_trusted_refuses_links_and_odd_paths),
		EACH(test_make_dir_takes_what_is_exactly_right),
		EACH(test_make_dir_never_mends_what_is_there),
		EACH(test_make_trusted_dir_holds_the_way_against_trust),
		EACH(test_write_file_replaces_in_one_step),
		EACH(test_write_file_survives_what_a_crash_left),
		EACH(test_write_file_leaves_nothing_when_it_cannot),
		EACH(test_tidy_takes_what_was_not_finished),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
