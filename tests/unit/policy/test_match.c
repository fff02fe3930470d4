/* SPDX-License-Identifier: MIT */
/* Matches that the files of good/ cannot express: incomplete logins, and the order of questions. */
#include <string.h>

#include "base/cleanup.h"
#include "policy/image.h"
#include "policy/match.h"
#include "tests/unit/image.h"
#include "tests/unit/test.h"

TEST(test_what_is_missing_reads_as_empty)
{
	NSI_AUTO_FREE struct pol_image *image = image_of_rules(
		"{ service = \"x\"; action = \"skip\"; }, { tty = \"?*\"; action = \"skip\"; },"
		"{ rhost = \"?*\"; action = \"skip\"; }, { tty = \"*\"; action = \"host\"; }");
	const struct pol_login login = {.user = {.name = "a"}};
	const struct pol_rule *rule = NULL;

	assert_int_equal(policy_match(image, &login, &rule), 0);
	assert_int_equal(rule->action, POL_ACTION_HOST);
}

TEST(test_nothing_is_asked_when_another_field_says_no)
{
	NSI_AUTO_FREE struct pol_image *image = image_of_rules(
		"{ group = \"5\"; from_group = \"5\"; service = \"su\"; action = \"skip\"; },"
		"{ group = \"5\"; uid = \"7\"; action = \"skip\"; }");
	const struct pol_login login = {.user = {.name = "a", .uid = 8}, .service = "sshd"};
	const struct pol_rule *rule = NULL;

	assert_int_equal(policy_match(image, &login, &rule), POL_NO_MATCH);
	assert_null(rule);
}

TEST(test_a_later_rule_is_not_reached_past_an_open_question)
{
	NSI_AUTO_FREE struct pol_image *image =
		image_of_rules("{ group = \"5\"; action = \"host\"; }, { action = \"skip\"; }");
	const gid_t five = 5;
	struct pol_login login = {.user = {.name = "a", .uid = 8}};
	const struct pol_rule *rule = NULL;

	assert_int_equal(policy_match(image, &login, &rule), POL_NEED_GROUPS);
	assert_null(rule);
	login.user.groups = &five;
	login.user.group_count = 1;
	assert_int_equal(policy_match(image, &login, &rule), 0);
	assert_int_equal(rule->action, POL_ACTION_HOST);
	login.user.group_count = 0;
	assert_int_equal(policy_match(image, &login, &rule), 0);
	assert_int_equal(rule->action, POL_ACTION_SKIP);
}

TEST(test_an_unknown_name_is_asked_for)
{
	NSI_AUTO_FREE struct pol_image *image =
		image_of_rules("{ user = \"alice\"; action = \"skip\"; }, { "
			       "from_user = \"bob\"; action = \"skip\"; }");
	struct pol_login login = {.user = {.uid = 8}};
	const struct pol_rule *rule = NULL;

	assert_int_equal(policy_match(image, &login, &rule), POL_NEED_GROUPS);
	login.user.name = "";
	assert_int_equal(policy_match(image, &login, &rule), POL_NEED_CALLER);
	login.caller.name = "bob";
	assert_int_equal(policy_match(image, &login, &rule), 0);
}

TEST(test_an_excluded_group_counts_wherever_it_stands)
{
	NSI_AUTO_FREE struct pol_image *image =
		image_of_rules("{ group = [ \"5\", \"!6\" ]; action = \"skip\"; },"
			       "{ group = [ \"!6\", \"5\" ]; action = \"host\"; }");
	const gid_t both[] = {5, 6};
	struct pol_login login = {.user = {.name = "a", .groups = both, .group_count = 2}};
	const struct pol_rule *rule = NULL;

	assert_int_equal(policy_match(image, &login, &rule), POL_NO_MATCH);
	login.user.group_count = 1;
	assert_int_equal(policy_match(image, &login, &rule), 0);
	assert_int_equal(rule->action, POL_ACTION_SKIP);
}

TEST(test_a_group_that_may_be_lacking_decides_nothing)
{
	NSI_AUTO_FREE struct pol_image *image =
		image_of_rules("{ uid = \"9\"; group = \"7\"; action = \"host\"; },"
			       "{ group = [ \"7001\", \"7002\" ]; action = \"host\"; },"
			       "{ group = [ \"!7003\" ]; action = \"skip\"; }");
	const gid_t eight = 8, second = 7002, excluded = 7003;
	struct pol_login login = {
		.user = {.name = "a", .groups = &eight, .group_count = 1, .groups_may_lack = true}};
	const struct pol_rule *rule = NULL;

	assert_int_equal(policy_match(image, &login, &rule), POL_UNSURE_GROUP);
	assert_ptr_equal(rule, policy_rule(image, 1));
	login.user.groups = &second; /* that much is known */
	assert_int_equal(policy_match(image, &login, &rule), 0);
	assert_int_equal(rule->action, POL_ACTION_HOST);
	login.user.groups_may_lack = false;
	login.user.groups = &excluded;
	assert_int_equal(policy_match(image, &login, &rule), POL_NO_MATCH);
	login.user.groups = &eight;
	assert_int_equal(policy_match(image, &login, &rule), 0);
	assert_int_equal(rule->action, POL_ACTION_SKIP);
}

TEST(test_who_is_in_a_local_group_is_known_without_a_directory)
{
	NSI_AUTO_FREE struct pol_image *image = image_of_rules(
		"{ group = \"root\"; action = \"host\"; }, { group = \"0\"; action = \"host\"; }");
	const gid_t eight = 8;
	const struct pol_login login = {
		.user = {.name = "a", .groups = &eight, .group_count = 1, .groups_may_lack = true}};
	const struct pol_rule *rule = NULL;
	gid_t groups[4];

	assert_int_equal(policy_match(image, &login, &rule), POL_NO_MATCH);
	assert_false(policy_asks_directory(image));
	assert_int_equal(policy_directory_groups(image, groups, 4), 0);
}

TEST(test_groups_of_a_directory_are_told_once_each)
{
	NSI_AUTO_FREE struct pol_image *image = image_of_rules(
		"{ group = [ \"7001\", \"7002\", \"root\" ]; uid = \"5\"; action = \"host\"; },"
		"{ group = [ \"7001\", \"8000-9000\" ]; action = \"host\"; }");
	gid_t groups[4] = {0};

	assert_true(policy_asks_directory(image));
	assert_int_equal(policy_directory_groups(image, groups, 4), 2);
	assert_int_equal(groups[0], 7001);
	assert_int_equal(groups[1], 7002);
	assert_int_equal(policy_directory_groups(image, groups, 1), 1);
}

TEST(test_a_question_comes_before_a_doubt)
{
	NSI_AUTO_FREE struct pol_image *image =
		image_of_rules("{ rhost = \"10.0.0.0/8\"; group = \"7001\"; action = \"host\"; }");
	const gid_t eight = 8;
	struct pol_login login = {.user = {.name = "a"}, .rhost = "ten"};
	const struct pol_rule *rule = NULL;
	int unsure;

	assert_int_equal(policy_match(image, &login, &rule), POL_NEED_GROUPS);
	login.user.groups = &eight;
	login.user.group_count = 1;
	assert_int_equal(policy_match(image, &login, &rule), POL_NO_MATCH);
	login.user.groups_may_lack = true;
	unsure = policy_match(image, &login, &rule);
	assert_true(unsure >= POL_UNSURE_GROUP && unsure <= POL_UNSURE_HOST);
}

TEST(test_very_long_values_of_the_caller_are_plain_text)
{
	NSI_AUTO_FREE struct pol_image *image =
		image_of_rules("{ rhost = \"*a*a*a*a*a*a*a*b\"; action = \"skip\"; }");
	static char longer[65536];
	const struct pol_login login = {.user = {.name = "a"}, .rhost = longer, .tty = longer};
	const struct pol_rule *rule = NULL;

	memset(longer, 'a', sizeof(longer) - 1);
	assert_int_equal(policy_match(image, &login, &rule), POL_NO_MATCH);
}

TEST(test_one_rule_is_asked_by_some_of_its_lists)
{
	NSI_AUTO_FREE struct pol_image *image = image_of_rules(
		"{ uid = \"7\"; service = \"su\"; tty = \"x\"; action = \"skip\"; }");
	const struct pol_rule *rule = policy_rule(image, 0);
	const struct pol_login login = {.user = {.name = "a", .uid = 7}, .service = "sshd"};

	assert_true(policy_rule_matches(image, rule, &login, 1u << POL_UID));
	assert_true(policy_rule_matches(image, rule, &login, 1u << POL_GROUP));
	assert_false(policy_rule_matches(image, rule, &login, 1u << POL_UID | 1u << POL_SERVICE));
	assert_true(policy_rule_matches(image, rule, &login, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_rule_is_asked_by_some_of_its_lists),
		cmocka_unit_test(test_what_is_missing_reads_as_empty),
		cmocka_unit_test(test_nothing_is_asked_when_another_field_says_no),
		cmocka_unit_test(test_a_later_rule_is_not_reached_past_an_open_question),
		cmocka_unit_test(test_an_unknown_name_is_asked_for),
		cmocka_unit_test(test_an_excluded_group_counts_wherever_it_stands),
		cmocka_unit_test(test_a_group_that_may_be_lacking_decides_nothing),
		cmocka_unit_test(test_who_is_in_a_local_group_is_known_without_a_directory),
		cmocka_unit_test(test_groups_of_a_directory_are_told_once_each),
		cmocka_unit_test(test_a_question_comes_before_a_doubt),
		cmocka_unit_test(test_very_long_values_of_the_caller_are_plain_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
