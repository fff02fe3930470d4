/* SPDX-License-Identifier: MIT */
/* Who holds limits, and until when they stay */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "sets/adopt.h"
#include "sets/all.h"
#include "sets/limits.h"
#include "sets/set.h"
#include "state/limits_record.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static struct scratch scratch;
static struct sets sets;

static int set_up(void **state)
{
	struct nsi_fail f = {""};
	int top;

	(void)state;
	memset(&sets, 0, sizeof(sets));
	if (scratch_make(&scratch) < 0 || loop_init(&sets.loop) < 0)
		return -1;
	top = open(scratch.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sets.sentinels = (struct sentinels){.sets = &sets, .events = {.fd = -EBADF}};
	return limits_init(&sets.limits, &sets.loop, top, &f) < 0 ? -1 : close(top);
}

static int tear_down(void **state)
{
	(void)state;
	work_cancel(&sets.limits.undo);
	nsi_closep(&sets.limits.dir_fd);
	loop_done(&sets.loop);
	scratch_done(&scratch);
	return 0;
}

/* As a child would that has applied them. */
static void apply(uint64_t set, uint32_t uid)
{
	char name[LIMITS_NAME];
	int fd;

	limits_name(name, set, uid);
	fd = openat(sets.limits.dir_fd, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static bool are_in_force(uint64_t set, uint32_t uid)
{
	char name[LIMITS_NAME];

	limits_name(name, set, uid);
	return faccessat(sets.limits.dir_fd, name, F_OK, 0) == 0;
}

TEST(test_limits_stay_until_the_last_holder_has_gone)
{
	struct limits_holder a = {0}, b = {0}, other = {0};

	apply(0, 1001);
	limits_hold(&sets.limits, &a, 0, 1001);
	limits_hold(&sets.limits, &a, 0, 1001); /* once is enough */
	limits_hold(&sets.limits, &b, 0, 1001);
	limits_hold(&sets.limits, &other, 0, 1002);
	limits_release(&sets.limits, &a);
	limits_release(&sets.limits, &a);
	assert_true(are_in_force(0, 1001));
	limits_release(&sets.limits, &b);
	assert_false(are_in_force(0, 1001));
	assert_ptr_equal(LIST_FIRST(&sets.limits.holders), &other);
}

TEST(test_limits_of_a_set_are_not_those_of_its_user)
{
	struct limits_holder user = {0}, set = {0};

	apply(7, 1001);
	apply(0, 1001);
	limits_hold(&sets.limits, &user, 0, 1001);
	limits_hold(&sets.limits, &set, 7, 1001);
	limits_release(&sets.limits, &set);
	assert_true(are_in_force(0, 1001));
	assert_false(are_in_force(7, 1001));
}

TEST(test_a_set_holds_the_limits_of_the_login_that_entered)
{
	const struct set_record rec = {.id = 1, .owner = 1001, .uid = 1001, .has_limits = true};
	struct limits_holder login = {0};
	struct set *set;

	apply(0, 1001);
	limits_hold(&sets.limits, &login, 0, 1001);
	set = set_adopt(&sets, &rec, -EBADF);
	assert_non_null(set);
	set_take_limits(set, &login);
	assert_false(login.holds);
	assert_true(are_in_force(0, 1001));
	set_free(set);
	assert_false(are_in_force(0, 1001));
}

TEST(test_a_set_from_before_the_policy_had_limits_holds_those_of_a_later_login)
{
	const struct set_record rec = {.id = 1, .owner = 1001, .uid = 1001};
	struct limits_holder login = {0};
	struct set *set;

	sets.host.sets_fd = sets.limits.dir_fd; /* for its record */
	apply(0, 1001);
	limits_hold(&sets.limits, &login, 0, 1001);
	set = set_adopt(&sets, &rec, -EBADF);
	assert_non_null(set);
	set_take_limits(set, &login);
	assert_true(set->rec.has_limits);
	assert_true(are_in_force(0, 1001));
	set_free(set);
	assert_false(are_in_force(0, 1001));
}

/* The helper could not take all sets over: one of the same user that it does not know may need them. */
TEST(test_limits_of_a_user_stay_beside_a_set_that_is_not_known)
{
	struct limits_holder user = {0}, set = {0};

	apply(0, 1001);
	apply(7, 1001);
	adopt_leave(&sets);
	limits_hold(&sets.limits, &user, 0, 1001);
	limits_hold(&sets.limits, &set, 7, 1001);
	limits_release(&sets.limits, &user);
	limits_release(&sets.limits, &set);
	assert_true(are_in_force(0, 1001));
	assert_false(are_in_force(7, 1001));
}

TEST(test_what_nobody_holds_is_collected)
{
	struct limits_holder holder = {0};

	apply(0, 1001);
	apply(0, 1002);
	apply(5, 1002);
	limits_hold(&sets.limits, &holder, 0, 1002);
	limits_collect(&sets.limits);
	assert_false(are_in_force(0, 1001));
	assert_true(are_in_force(0, 1002));
	assert_false(are_in_force(5, 1002));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_limits_stay_until_the_last_holder_has_gone),
		CASE(test_limits_of_a_set_are_not_those_of_its_user),
		CASE(test_a_set_holds_the_limits_of_the_login_that_entered),
		CASE(test_a_set_from_before_the_policy_had_limits_holds_those_of_a_later_login),
		CASE(test_limits_of_a_user_stay_beside_a_set_that_is_not_known),
		CASE(test_what_nobody_holds_is_collected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
