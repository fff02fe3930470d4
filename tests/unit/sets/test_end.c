/* SPDX-License-Identifier: MIT */
/* The end of a set: what is written on record before, and what is gone behind it */
#include "sets/life.h"
#include "state/record.h"
#include "tests/unit/logged.h"
#include "tests/unit/sets/life_set.h"

/* A set with a record and with files of its own. */
static struct set *adopt_whole(const char *hook, bool is_inside)
{
	struct set_record rec = {.id = 7, .types = 1, .uid = 1000, .owner = 1000};
	int fd;

	(void)snprintf(rec.policy, sizeof(rec.policy), "lab");
	(void)snprintf(rec.on_end.run, sizeof(rec.on_end.run), "%s", hook);
	rec.on_end.is_inside = is_inside;
	assert_int_equal(scratch_write(&x.s, "etc/7/hosts", "127.0.0.1 localhost\n"), 0);
	assert_int_equal(scratch_write(&x.s, "etc/8/hosts", "127.0.0.1 localhost\n"), 0);
	fd = record_create(x.sets.host.sets_fd, &rec);
	assert_true(fd >= 0);
	x.set = set_adopt(&x.sets, &rec, fd);
	assert_non_null(x.set);
	return x.set;
}

static bool is_there(const char *name)
{
	return access(scratch_path(&x.s, 0, name), F_OK) == 0;
}

/* As it is on disk: record_open() trusts none but root's. */
static bool is_ending_on_record(void)
{
	int fd = open(scratch_path(&x.s, 0, "sets/7"), O_RDONLY | O_CLOEXEC);
	struct set_record rec = {.is_ending = 0};

	assert_true(fd >= 0);
	assert_int_equal(read(fd, &rec, sizeof(rec)), sizeof(rec));
	(void)close(fd);
	return rec.is_ending;
}

TEST(test_a_set_that_has_ended_leaves_nothing)
{
	struct set *set = adopt_whole("", false);
	struct logged log;

	assert_true(is_there("sets/7"));
	logged_begin(&log);
	set_gone(set);
	assert_non_null(strstr(logged_end(&log), "ended set=7 uid=1000 policy=lab"));
	assert_false(is_there("sets/7"));
	assert_false(is_there("etc/7"));
	assert_true(is_there("etc/8/hosts")); /* another set's */
	assert_true(is_gone());
}

/* It was never there, as far as an administrator knows. */
TEST(test_a_set_that_was_not_built_ends_without_a_word)
{
	struct logged log;

	adopt(9, POL_LAST_WAIT, 0);
	logged_begin(&log);
	set_gone(x.set);
	assert_string_equal(logged_end(&log), "");
	assert_true(is_gone());
}

TEST(test_files_of_a_set_are_removed_and_nothing_behind_a_link)
{
	assert_int_equal(scratch_write(&x.s, "etc/8/hosts", ""), 0);
	assert_int_equal(scratch_write(&x.s, "elsewhere/file", ""), 0);
	assert_int_equal(symlink("../elsewhere", scratch_path(&x.s, 0, "etc/7")), 0);
	set_remove_files(&x.sets.host, 7);
	assert_true(is_there("elsewhere/file"));
	set_remove_files(&x.sets.host, 8);
	assert_false(is_there("etc/8"));
	set_remove_files(&x.sets.host, 8); /* there is nothing */
}

/* Its hook may have taken things away by the time that another helper comes: nobody enters it. */
TEST(test_a_set_with_a_hook_inside_is_ending_on_record_first)
{
	struct set *set = adopt_whole("/nsi-test-none", true);

	assert_false(is_ending_on_record());
	assert_true(end_run_inside(set)); /* it has no anchor: nothing is run */
	assert_true(is_ending_on_record());
	assert_false(end_run_inside(set)); /* once */
}

TEST(test_a_set_with_nothing_to_undo_is_not_written_again)
{
	struct set *set = adopt_whole("", false);

	assert_false(end_run_inside(set));
	end_put_on_record(set);
	assert_false(is_ending_on_record());

	set_free(x.set);
	set = adopt_whole("/nsi-test-none", false); /* it runs on the host, behind the end */
	assert_false(end_run_inside(set));
	assert_false(is_ending_on_record());
}

TEST(test_a_record_that_cannot_be_written_is_logged)
{
	struct set *set = adopt_whole("/nsi-test-none", true);
	const int fd = x.sets.host.sets_fd;
	struct logged log;

	x.sets.host.sets_fd = -EBADF;
	logged_begin(&log);
	end_put_on_record(set);
	x.sets.host.sets_fd = fd;
	assert_non_null(strstr(logged_end(&log), "set 7: cannot write on record that it ends"));
	assert_false(is_ending_on_record());
}

/* A set of which something is left holds its user's limits as long as somebody may be in it. */
TEST(test_limits_are_given_back_when_nobody_is_left_inside)
{
	struct set *set = adopt_whole("", false);

	set->rec.has_limits = true;
	limits_hold(&x.sets.limits, &set->limits, 0, 1000);
	set->found = (struct set_found){.is_partial = true};
	end_give_back_early(set);
	assert_true(set->limits.holds);
	set->found = (struct set_found){.members = 1};
	end_give_back_early(set);
	assert_true(set->limits.holds);
	set->found = (struct set_found){.members = 0};
	x.sets.limits.dir_fd = x.sets.host.etc_fd; /* which has no limits to be undone */
	end_give_back_early(set);
	assert_false(set->limits.holds);
	assert_false(set->rec.has_limits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_set_that_has_ended_leaves_nothing),
		CASE(test_a_set_that_was_not_built_ends_without_a_word),
		CASE(test_files_of_a_set_are_removed_and_nothing_behind_a_link),
		CASE(test_a_set_with_a_hook_inside_is_ending_on_record_first),
		CASE(test_a_set_with_nothing_to_undo_is_not_written_again),
		CASE(test_a_record_that_cannot_be_written_is_logged),
		CASE(test_limits_are_given_back_when_nobody_is_left_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
