/* SPDX-License-Identifier: MIT */
/* Where a process goes that is on "/" of another mount namespace. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "login/workdir.h"
#include "tests/unit/test.h"

static char top[] = "/tmp/nsi-workdir.XXXXXX";
static char dir[64], other[64];
static const struct workdir_rules nothing = {.caller = 0};

static void go_to(const char *path)
{
	assert_int_equal(chdir(path), 0);
}

/* From @from, as setns(2) leaves the process: on "/".  An enum workdir_result or -errno. */
static int go(const struct workdir *from, const struct workdir_rules *rules,
	      struct workdir_way *way)
{
	struct nsi_fail f = {""};

	go_to("/");
	return workdir_go(from, rules, way, &f);
}

static void expect_at(const char *path)
{
	char now[PATH_MAX] = "";

	assert_non_null(getcwd(now, sizeof(now)));
	assert_string_equal(now, path);
}

TEST(test_the_same_directory)
{
	struct workdir_way way = WORKDIR_WAY_NONE;
	struct workdir w;

	go_to(dir);
	workdir_look(&w);
	assert_string_equal(w.path, dir);
	assert_true(w.inode != 0);
	assert_true(workdir_is_there(&w));
	assert_int_equal(go(&w, &nothing, &way), WORKDIR_SAME);
	expect_at(dir);
	go_to("/");
	workdir_look(&w);
	assert_int_equal(go(&w, &nothing, &way), WORKDIR_SAME);
	expect_at("/");
	workdir_way_done(&way);
}

/* One of the same name that is another directory is not the one. */
TEST(test_another_directory_of_that_path)
{
	struct workdir_way way = WORKDIR_WAY_NONE;
	struct workdir w, before;

	if (getuid() != 0) /* who alone can make the empty one */
		skip();
	go_to(other);
	workdir_look(&before);
	go_to(dir);
	workdir_look(&w);
	w.inode++;
	assert_false(workdir_is_there(&w));
	assert_int_equal(go(&w, &nothing, &way), WORKDIR_EMPTY);
	assert_true(way.empty >= 0);
	assert_int_equal(open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600), -1);
	assert_int_equal(go(&w, &(struct workdir_rules){.caller = 0, .may_be_private = true}, &way),
			 WORKDIR_EMPTY);
	/* The one from before, where there is none of now. */
	assert_int_equal(go(&w, &(struct workdir_rules){.caller = 0, .origin = &before}, &way),
			 WORKDIR_SAME);
	expect_at(other);
	workdir_way_done(&way);
}

TEST(test_a_directory_that_is_kept)
{
	const struct workdir_rules rules = {.caller = 0, .may_keep = true};
	struct workdir_way way;
	struct workdir w;

	if (getuid() != 0) /* who alone can make the empty one */
		skip();
	go_to(dir);
	workdir_look(&w);
	workdir_prepare(&rules, true, &way);
	assert_true(way.kept >= 0 && way.empty >= 0);
	w.path[0] = '\0';
	assert_false(workdir_is_there(&w));
	assert_int_equal(go(&w, &rules, &way), WORKDIR_KEPT);
	expect_at(dir);
	close(way.kept);
	way.kept = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(go(&w, &rules, &way), WORKDIR_EMPTY); /* of before */
	workdir_way_done(&way);
	assert_int_equal(way.kept, -EBADF);
}

TEST(test_a_directory_that_was_removed)
{
	char gone[80];
	struct workdir w;

	(void)snprintf(gone, sizeof(gone), "%s/gone", top);
	assert_int_equal(mkdir(gone, 0700), 0);
	go_to(gone);
	assert_int_equal(rmdir(gone), 0);
	workdir_look(&w);
	assert_string_equal(w.path, "");
	go_to("/");
}

TEST(test_a_directory_by_its_path)
{
	const char *const none[] = {"relative", "", "/nowhere", "/dev/null"};
	char path[PATH_MAX + 8];
	struct workdir w;

	for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		workdir_look_at(none[i], &w);
		assert_string_equal(w.path, "");
		assert_int_equal(w.inode, 0);
	}
	memset(path, '/', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	workdir_look_at(path, &w);
	assert_string_equal(w.path, "");
	workdir_look_at(dir, &w);
	assert_string_equal(w.path, dir);
	assert_true(workdir_is_there(&w));
}

/* Runs @work in a child with mounts of its own. */
static int in_own_mounts(int (*work)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
			_exit(99);
		_exit(work());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int see_private(void)
{
	const struct workdir_rules rules = {.caller = 0, .may_be_private = true};
	struct workdir_way way = WORKDIR_WAY_NONE;
	struct workdir w;

	go_to(dir);
	workdir_look(&w);
	if (mount("private", dir, "tmpfs", 0, NULL) < 0)
		return 98;
	assert_true(workdir_is_there(&w)); /* by the private one */
	assert_int_equal(go(&w, &nothing, &way), WORKDIR_EMPTY);
	assert_int_equal(go(&w, &rules, &way), WORKDIR_PRIVATE);
	expect_at(dir);
	/* A directory within it is no mount, and no overlay either. */
	if (mkdir("within", 0755) < 0)
		return 97;
	workdir_look_at(dir, &w);
	(void)snprintf(w.path, sizeof(w.path), "%.60s/within", dir);
	assert_int_equal(go(&w, &rules, &way), WORKDIR_EMPTY);
	return 0;
}

/* An overlay has all that is below it. */
static int see_overlay(void)
{
	const struct workdir_rules rules = {.caller = 0, .may_be_private = true};
	struct workdir_way way = WORKDIR_WAY_NONE;
	char options[256];
	struct workdir w;

	go_to(dir);
	workdir_look(&w);
	if (mount("up", other, "tmpfs", 0, NULL) < 0 || chdir(other) < 0 || mkdir("up", 0755) < 0 ||
	    mkdir("work", 0755) < 0)
		return 98;
	(void)snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s/up,workdir=%s/work", top,
		       other, other);
	if (mount("over", top, "overlay", 0, options) < 0)
		return 96;
	assert_int_equal(go(&w, &rules, &way), WORKDIR_PRIVATE);
	expect_at(dir);
	return 0;
}

TEST(test_a_private_directory_stands_for_it)
{
	if (getuid() != 0)
		skip();
	assert_int_equal(in_own_mounts(see_private), 0);
}

TEST(test_so_does_one_of_an_overlay)
{
	int r = getuid() == 0 ? in_own_mounts(see_overlay) : 96;

	if (r == 96) /* no overlay on this file system */
		skip();
	assert_int_equal(r, 0);
}

static int begin_group(void **state)
{
	(void)state;
	if (!mkdtemp(top))
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s/dir", top);
	(void)snprintf(other, sizeof(other), "%s/other", top);
	return mkdir(dir, 0755) == 0 && mkdir(other, 0755) == 0 ? 0 : -1;
}

static int end_group(void **state)
{
	(void)state;
	return chdir("/") == 0 && rmdir(dir) == 0 && rmdir(other) == 0 ? rmdir(top) : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_directory),
		cmocka_unit_test(test_another_directory_of_that_path),
		cmocka_unit_test(test_a_directory_that_is_kept),
		cmocka_unit_test(test_a_directory_that_was_removed),
		cmocka_unit_test(test_a_directory_by_its_path),
		cmocka_unit_test(test_a_private_directory_stands_for_it),
		cmocka_unit_test(test_so_does_one_of_an_overlay),
	};

	return cmocka_run_group_tests(tests, begin_group, end_group);
}
