/* SPDX-License-Identifier: MIT */
/* A thousand sets are all found, by either number, and those that left are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sets/index.h"
#include "sets/set.h"

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

static void test_all_are_found_until_they_leave(void **state)
{
	struct set *sets = calloc(SETS, sizeof(*sets));
	static struct set_index index;

	(void)state;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_are_found_until_they_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
