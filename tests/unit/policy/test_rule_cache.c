/* SPDX-License-Identifier: MIT */
/* The rule_cache says what policy_match() would: for each login its own, until it is cleared. */
#include <string.h>

#include "base/cleanup.h"
#include "policy/image.h"
#include "policy/match.h"
#include "policy/rule_cache.h"
#include "tests/unit/image.h"
#include "tests/unit/test.h"

static struct rule_cache rule_cache;

/* The line of the rule, or the verdict where there is none. */
static int ask(const struct pol_image *image, const struct pol_login *login)
{
	const struct pol_rule *rule = NULL;
	int r = rule_cache_match(&rule_cache, image, login, &rule);

	return r == 0 ? -(int)rule->action - 100 : r;
}

TEST(test_each_login_gets_its_own_verdict)
{
	NSI_AUTO_FREE struct pol_image *image = image_of_rules(
		"{ user = \"a\"; tty = \"t1\"; action = \"skip\"; }, { uid = \"7\"; action = "
		"\"host\"; },"
		"{ user = \"g\"; group = \"5\"; action = \"skip\"; }");
	const struct pol_login logins[] = {
		{.user = {.name = "a", .uid = 1}, .tty = "t1"},
		{.user = {.name = "a", .uid = 1}, .tty = "t2"},
		{.user = {.name = "a", .uid = 1}, .service = "t1"},
		{.user = {.name = "a", .uid = 7}, .tty = "t2"},
		{.user = {.name = "at1", .uid = 1}},
		{.user = {.name = "g", .uid = 1}},
	};
	const int wanted[] = {
		-POL_ACTION_SKIP - 100, POL_NO_MATCH, POL_NO_MATCH,
		-POL_ACTION_HOST - 100, POL_NO_MATCH, POL_NEED_GROUPS,
	};

	rule_cache_clear(&rule_cache);
	for (int round = 0; round < 3; round++)
		for (unsigned i = 0; i < sizeof(logins) / sizeof(logins[0]); i++)
			assert_int_equal(ask(image, &logins[i]), wanted[i]);
}

TEST(test_known_groups_are_never_remembered)
{
	NSI_AUTO_FREE struct pol_image *image =
		image_of_rules("{ group = \"5\"; action = \"skip\"; }");
	const gid_t five = 5, six = 6;
	struct pol_login login = {.user = {.name = "a", .groups = &five, .group_count = 1}};

	rule_cache_clear(&rule_cache);
	assert_int_equal(ask(image, &login), -POL_ACTION_SKIP - 100);
	login.user.groups = &six;
	assert_int_equal(ask(image, &login), POL_NO_MATCH);
	login.user.groups = NULL;
	assert_int_equal(ask(image, &login), POL_NEED_GROUPS);
}

TEST(test_another_image_is_asked_after_clearing)
{
	NSI_AUTO_FREE struct pol_image *before = image_of_rules("{ action = \"skip\"; }");
	NSI_AUTO_FREE struct pol_image *after = image_of_rules("{ action = \"host\"; }");
	const struct pol_login login = {.user = {.name = "a"}};

	rule_cache_clear(&rule_cache);
	assert_int_equal(ask(before, &login), -POL_ACTION_SKIP - 100);
	rule_cache_clear(&rule_cache);
	assert_int_equal(ask(after, &login), -POL_ACTION_HOST - 100);
}

TEST(test_a_login_too_long_for_the_memo_is_matched_all_the_same)
{
	NSI_AUTO_FREE struct pol_image *image =
		image_of_rules("{ tty = \"x\"; action = \"skip\"; }");
	char name[RULE_CACHE_TEXT + 10];
	struct pol_login login = {.user = {.name = name}, .tty = "x"};

	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	rule_cache_clear(&rule_cache);
	assert_int_equal(ask(image, &login), -POL_ACTION_SKIP - 100);
	login.tty = "y";
	assert_int_equal(ask(image, &login), POL_NO_MATCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_login_gets_its_own_verdict),
		cmocka_unit_test(test_known_groups_are_never_remembered),
		cmocka_unit_test(test_another_image_is_asked_after_clearing),
		cmocka_unit_test(test_a_login_too_long_for_the_memo_is_matched_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
