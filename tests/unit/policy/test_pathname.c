/* SPDX-License-Identifier: MIT */
#include <limits.h>

#include "policy/pathname.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

TEST(test_normal_paths_are_absolute_and_plain)
{
	static const char *const bad[] = {"",        "tmp",    "//",    "//tmp", "/tmp/",
					  "/tmp//x", "/.",     "/..",   "/a/.",  "/a/..",
					  "/a/../b", "/a/./b", "./tmp", "../tmp"};
	char longer[PATH_MAX + 2];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(pathname_is_normal(bad[i]));
	assert_true(pathname_is_normal("/"));
	assert_true(pathname_is_normal("/tmp"));
	assert_true(pathname_is_normal("/a/..b/.c/d.."));
	memset(longer, 'a', sizeof(longer));
	longer[0] = '/';
	longer[NAME_MAX + 1] = '\0';
	assert_true(pathname_is_normal(longer));
	longer[NAME_MAX + 1] = 'a';
	longer[NAME_MAX + 2] = '\0';
	assert_false(pathname_is_normal(longer));
}

TEST(test_simplified_paths_lead_where_they_led)
{
	static const struct {
		const char *given, *wanted;
	} paths[] = {
		{"/home/alice", "/home/alice"},
		{"//home///alice/", "/home/alice"},
		{"/home/./alice/.", "/home/alice"}, /* as FTP servers have it */
		{"/home/../home/.alice", "/home/../home/.alice"},
		{"/", "/"},
		{"//./", "/"},
		{"home//alice", "home//alice"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "%s", paths[i].given);
		pathname_simplify(path);
		assert_string_equal(path, paths[i].wanted);
	}
}

TEST(test_component_is_one_name)
{
	assert_true(pathname_is_component(".X11-unix"));
	assert_true(pathname_is_component("..."));
	assert_false(pathname_is_component(""));
	assert_false(pathname_is_component("."));
	assert_false(pathname_is_component(".."));
	assert_false(pathname_is_component("a/b"));
	assert_false(pathname_is_component("/"));
}

TEST(test_within_goes_by_components)
{
	assert_true(pathname_is_within("/tmp", "/tmp"));
	assert_true(pathname_is_within("/tmp/a", "/tmp"));
	assert_true(pathname_is_within("/tmp", "/"));
	assert_false(pathname_is_within("/tmpfoo", "/tmp"));
	assert_false(pathname_is_within("/tmp", "/tmp/a"));
}

TEST(test_state_directories_are_denied_wherever_they_are)
{
	assert_null(pathname_denied("/tmp", "/run/a", "/srv/b"));
	assert_null(pathname_denied("/dev/shm", "/run/a", "/srv/b"));
	assert_null(pathname_denied("/srv/c", "/run/a", "/srv/b"));
	assert_null(pathname_denied("/run/lock", "/run/a", "/srv/b"));
	assert_non_null(pathname_denied("/srv", "/run/a", "/srv/b"));
	assert_non_null(pathname_denied("/srv/b", "/run/a", "/srv/b"));
	assert_non_null(pathname_denied("/srv/b/x", "/run/a", "/srv/b"));
	assert_non_null(pathname_denied("/tmp", "/tmp/a", "/srv/b"));
	assert_non_null(pathname_denied("/dev/shm/x", "/run/a", "/srv/b"));
}

TEST(test_missing_path_is_told_from_a_bad_one)
{
	char why[400];

	assert_int_equal(pathname_inspect("/tmp", why, sizeof(why)), PATHNAME_GOOD);
	assert_int_equal(pathname_inspect("/no/such/place", why, sizeof(why)), PATHNAME_MISSING);
	assert_int_equal(pathname_inspect("/dev/null/x", why, sizeof(why)), PATHNAME_BAD);
	assert_string_equal(why, "/dev/null is not a directory");
	assert_int_equal(pathname_inspect("relative", why, sizeof(why)), PATHNAME_BAD);
}

/* A directory of a user on the way lets the user move away what we mount on. */
TEST(test_paths_that_a_user_can_move_are_bad)
{
	struct scratch s;
	char why[400], want[400];

	if (geteuid() != 0)
		skip();
	assert_int_equal(scratch_make(&s), 0);
	assert_int_equal(mkdir(scratch_path(&s, 0, "a"), 0755), 0);
	assert_int_equal(mkdir(scratch_path(&s, 1, "a/b"), 0755), 0);
	assert_int_equal(symlink("a", scratch_path(&s, 2, "link")), 0);
	assert_int_equal(pathname_inspect(scratch_path(&s, 1, "a/b"), why, sizeof(why)),
			 PATHNAME_GOOD);

	assert_int_equal(chown(scratch_path(&s, 0, "a"), 1000, 0), 0);
	assert_int_equal(pathname_inspect(scratch_path(&s, 1, "a/b"), why, sizeof(why)),
			 PATHNAME_BAD);
	(void)snprintf(want, sizeof(want),
		       "%s/a does not belong to root, so its owner could move what is below it",
		       s.top);
	assert_string_equal(why, want);
	assert_int_equal(pathname_inspect(scratch_path(&s, 0, "a"), why, sizeof(why)),
			 PATHNAME_BAD);

	assert_int_equal(chown(scratch_path(&s, 0, "a"), 0, 0), 0);
	assert_int_equal(chmod(scratch_path(&s, 0, "a"), 0777), 0);
	assert_int_equal(pathname_inspect(scratch_path(&s, 1, "a/b"), why, sizeof(why)),
			 PATHNAME_BAD);
	assert_int_equal(pathname_inspect(scratch_path(&s, 0, "a"), why, sizeof(why)),
			 PATHNAME_GOOD);
	assert_int_equal(chmod(scratch_path(&s, 0, "a"), 01777), 0);
	assert_int_equal(pathname_inspect(scratch_path(&s, 1, "a/b"), why, sizeof(why)),
			 PATHNAME_GOOD);

	(void)snprintf(want, sizeof(want), "%s/link is a symbolic link", s.top);
	assert_int_equal(pathname_inspect(scratch_path(&s, 1, "link/b"), why, sizeof(why)),
			 PATHNAME_BAD);
	assert_string_equal(why, want);
	scratch_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normal_paths_are_absolute_and_plain),
		cmocka_unit_test(test_simplified_paths_lead_where_they_led),
		cmocka_unit_test(test_component_is_one_name),
		cmocka_unit_test(test_within_goes_by_components),
		cmocka_unit_test(test_state_directories_are_denied_wherever_they_are),
		cmocka_unit_test(test_missing_path_is_told_from_a_bad_one),
		cmocka_unit_test(test_paths_that_a_user_can_move_are_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
