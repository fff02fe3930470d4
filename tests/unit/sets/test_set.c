/* SPDX-License-Identifier: MIT */
/* A thousand sets and sessions are all found, and those that left are not. */
#include <stdlib.h>

#include "sets/index.h"
#include "sets/set.h"
#include "tests/unit/test.h"

enum {
	SETS = 1000
};

static bool has_owner(const struct set_index *index, const struct set *wanted)
{
	const struct set *s = index_owner(index, wanted->rec.owner);

	while (s && s != wanted)
		s = s->next_of_owner;
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
		s = s->next_of_user;
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
		index_remove_session(&index, &sessions[i]);
	for (unsigned i = 0; i < SETS; i++)
		assert_int_equal(is_of_user(&index, &sessions[i]), i % 3 != 0);
	index_remove_session(&index, &sessions[0]); /* twice is fine */
	free(sessions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_are_found_until_they_leave),
		cmocka_unit_test(test_all_sessions_of_a_user_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
