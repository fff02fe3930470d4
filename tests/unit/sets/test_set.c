/* SPDX-License-Identifier: MIT */
/* Sets and sessions among a thousand, and logins that look for a set or wait for one */
#include <stdlib.h>

#include "sets/index.h"
#include "tests/unit/sets/life_set.h"

enum {
	SETS = 1000
};

static bool has_owner(const struct set_index *index, const struct set *wanted)
{
	const struct set *s = index_owner(index, wanted->rec.owner);

	while (s && s != wanted)
		s = LIST_NEXT(s, owner_link);
	return s != NULL;
}

TEST(test_all_are_found_until_they_leave)
{
	struct set *sets = calloc(SETS, sizeof(*sets));
	static struct set_index index;

	assert_non_null(sets);
	for (unsigned i = 0; i < SETS; i++) {
		sets[i].rec.id = i + 1;
		sets[i].rec.owner = 1000 + i / 2; /* two of each owner */
		index_add(&index, &sets[i]);
	}
	for (unsigned i = 0; i < SETS; i += 3)
		index_remove(&index, &sets[i]);
	for (unsigned i = 0; i < SETS; i++) {
		assert_ptr_equal(index_id(&index, i + 1), i % 3 ? &sets[i] : NULL);
		assert_int_equal(has_owner(&index, &sets[i]), i % 3 != 0);
	}
	index_remove(&index, &sets[0]); /* twice is fine */
	assert_null(index_id(&index, SETS + 1));
	free(sets);
}

static bool is_of_user(const struct set_index *index, const struct session *wanted)
{
	const struct session *s = index_user(index, wanted->rec.uid);

	while (s && s != wanted)
		s = LIST_NEXT(s, user_link);
	return s != NULL;
}

TEST(test_all_sessions_of_a_user_are_found)
{
	struct session *sessions = calloc(SETS, sizeof(*sessions));
	static struct set_index index;

	assert_non_null(sessions);
	for (unsigned i = 0; i < SETS; i++) {
		sessions[i].rec.uid = 1000 + i % 100; /* ten of each user */
		index_add_session(&index, &sessions[i]);
	}
	for (unsigned i = 0; i < SETS; i += 3)
		index_remove_session(&sessions[i]);
	for (unsigned i = 0; i < SETS; i++)
		assert_int_equal(is_of_user(&index, &sessions[i]), i % 3 != 0);
	index_remove_session(&sessions[0]); /* twice is fine */
	free(sessions);
}

static void test_a_login_that_waits_again_waits_for_the_next_news(void **state)
{
	(void)state;
	adopt(1, POL_LAST_WAIT, 0);
	set_wake(x.set);
	set_wake(x.set);
	assert_int_equal(x.news, 0); /* the set has a handler on the stack */
	turn();
	assert_int_equal(x.news, 1);
	assert_true(TAILQ_EMPTY(&x.sets.loop.jobs));
	turn();
	assert_int_equal(x.news, 1);
	set_wake(x.set);
	turn();
	assert_int_equal(x.news, 2);
	assert_string_equal(x.login.failure.what, "");
}

static void test_a_login_that_has_gone_hears_nothing(void **state)
{
	struct set_waiter other = {.job.run = on_news};

	(void)state;
	adopt(1, POL_LAST_WAIT, 0);
	set_wait(x.set, &other);
	set_unwait(&x.sets.loop, &x.login);
	set_unwait(&x.sets.loop, &x.login);
	assert_ptr_equal(TAILQ_FIRST(&x.set->waiters), &other);
	set_wake(x.set);
	set_unwait(&x.sets.loop, &other);
	turn();
	assert_int_equal(x.news, 0);
}

static void test_logins_hear_why_the_set_could_not_be_built(void **state)
{
	(void)state;
	adopt(1, POL_LAST_WAIT, 0);
	x.set->state = SET_BUILDING;
	(void)fail_set(&x.set->failure, EIO, "the disk is on fire");
	set_build_failed(x.set);
	assert_true(is_gone());
	turn();
	assert_int_equal(x.news, 1);
	assert_string_equal(x.login.failure.what, "the disk is on fire");
}

/* A login whose turn it is begins a session. */
static void begin_session(struct loop_job *job)
{
	(void)job;
	x.news++;
	sessions_are(1);
}

static void test_a_set_with_a_new_anchor_is_not_over_before_its_logins_had_their_turn(void **state)
{
	(void)state;
	adopt(1, POL_LAST_KILL, 0);
	x.login.job.run = begin_session;
	x.set->reviving = true;
	sessions_are(0);
	x.set->reviving = false;
	set_resume(x.set);
	turn();
	assert_int_equal(x.news, 1);
	assert_int_equal(x.set->state, SET_LIVE);
}

TEST(test_who_finds_which_set)
{
	struct set_key key = {.policy = "lab", .digest = 2, .owner = 2001, .user = "nsi-alice"};
	struct set_record rec = {.id = 1, .owner = 2001, .digest = 1, .user = "nsi-alice"};
	struct set *older, *newer;

	(void)snprintf(rec.policy, sizeof(rec.policy), "lab");
	assert_null(set_find(&x.sets, &key));
	older = set_adopt(&x.sets, &rec, -EBADF);
	assert_ptr_equal(set_find(&x.sets, &key),
			 older); /* of a policy that has changed: better than none */
	rec.id = 2;
	rec.digest = 2;
	newer = set_adopt(&x.sets, &rec, -EBADF);
	assert_ptr_equal(set_find(&x.sets, &key), newer);
	key.digest = 1;
	assert_ptr_equal(set_find(&x.sets, &key), older);
	older->state = SET_KILLING;
	assert_ptr_equal(set_find(&x.sets, &key), newer);
	newer->state = SET_LOST;
	assert_null(set_find(&x.sets, &key));
	newer->state = SET_DRAINING;
	assert_ptr_equal(set_find(&x.sets, &key), newer);
	key.nested = true;
	assert_null(set_find(&x.sets, &key));
	key.nested = false;
	key.owner = 2002;
	assert_null(set_find(&x.sets, &key));
}

TEST(test_a_uid_that_has_another_owner_finds_no_set)
{
	struct set_key key = {.policy = "lab", .user = "nsi-dave"};
	struct set_record rec = {.id = 1, .user = "nsi-alice"};
	struct set *set;

	(void)snprintf(rec.policy, sizeof(rec.policy), "lab");
	set = set_adopt(&x.sets, &rec, -EBADF);
	assert_null(set_find(&x.sets, &key)); /* there is no nsi-alice */
	set->rec.user = "root";
	assert_ptr_equal(set_find(&x.sets, &key), set); /* root is a name of uid 0 */
	key.scope = set->rec.scope = POL_SCOPE_GROUP;
	set->rec.user = "nsi-alice";
	assert_ptr_equal(set_find(&x.sets, &key), set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_are_found_until_they_leave),
		cmocka_unit_test(test_all_sessions_of_a_user_are_found),
		CASE(test_a_uid_that_has_another_owner_finds_no_set),
		CASE(test_a_login_that_waits_again_waits_for_the_next_news),
		CASE(test_a_login_that_has_gone_hears_nothing),
		CASE(test_logins_hear_why_the_set_could_not_be_built),
		CASE(test_a_set_with_a_new_anchor_is_not_over_before_its_logins_had_their_turn),
		CASE(test_who_finds_which_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
