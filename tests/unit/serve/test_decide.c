/* SPDX-License-Identifier: MIT */
/* Keys of sets: which logins share one, also after the file was read again */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/image.h"
#include "serve/open.h"
#include "tests/unit/image.h"
#include "tests/unit/test.h"

static struct pol_image *load(const char *policy, const char *rules)
{
	char text[2048];

	(void)snprintf(text, sizeof(text),
		       "version = 1;\npolicies = { p = { namespaces = [ \"ipc\" ]; %s }; };\n"
		       "rules = ( %s );\n",
		       policy, rules);
	return image_of_text(text);
}

static const struct record_job no_job;

/* The number of the set that a login of @uid by rule @row is led to. */
static uint64_t owner(const char *policy, const char *rules, uint32_t row, uid_t uid)
{
	NSI_AUTO_FREE struct pol_image *image = load(policy, rules);

	return decide_key(image, policy_rule(image, row), uid, "a", &no_job).owner;
}

TEST(test_a_user_is_their_uid)
{
	static const char rules[] = "{ user = \"a\"; policy = \"p\"; }, { policy = \"p\"; }";

	assert_true(owner("", rules, 0, 1000) == 1000);
	assert_true(owner("", rules, 1, 1000) == 1000); /* whichever rule it was */
	assert_true(owner("", rules, 1, 1001) == 1001);
}

TEST(test_a_group_is_its_rule)
{
	static const char group[] = "scope = \"group\";";
	static const char two[] = "{ group = \"0\"; policy = \"p\"; }, "
				  "{ group = \"1\"; policy = \"p\"; }";

	assert_true(owner(group, two, 0, 1000) == owner(group, two, 0, 1001));
	assert_true(owner(group, two, 0, 1000) != owner(group, two, 1, 1000));
}

TEST(test_a_group_stays_when_the_file_changes_around_it)
{
	static const char group[] = "scope = \"group\";";
	static const char before[] =
		"{ group = \"0\"; user = [ \"a*\", \"!ab\" ]; policy = \"p\"; }";
	static const char after[] = "{ user = \"zork\"; action = \"skip\"; },\n\n"
				    "{ user = [ \"a*\", \"!ab\" ]; policy = \"p\"; group = \"0\"; "
				    "on_error = \"allow\"; }";
	uint64_t number = owner(group, before, 0, 1000);

	assert_true(owner(group, after, 1, 1000) == number);
	assert_true(owner("scope = \"group\"; linger = \"1m\";", before, 0, 1000) == number);
}

/* Rules that match other people are other groups, however little they differ. */
TEST(test_groups_differ_as_their_rules_do)
{
	static const char *const rules[] = {
		"{ user = \"ab\"; policy = \"p\"; }",
		"{ user = [ \"a\", \"b\" ]; policy = \"p\"; }",
		"{ user = [ \"b\", \"a\" ]; policy = \"p\"; }",
		"{ user = [ \"a\", \"!b\" ]; policy = \"p\"; }",
		"{ user = \"a\"; policy = \"p\"; }",
		"{ user = \"!a\"; policy = \"p\"; }",
		"{ service = \"a\"; policy = \"p\"; }",
		"{ user = \"a\"; service = \"b\"; policy = \"p\"; }",
		"{ tty = \"a\"; policy = \"p\"; }",
		"{ rhost = \"10.0.0.0/8\"; policy = \"p\"; }",
		"{ rhost = \"10.0.0.0/9\"; policy = \"p\"; }",
		"{ uid = \"10\"; policy = \"p\"; }",
		"{ group = \"10\"; policy = \"p\"; }",
		"{ policy = \"p\"; }",
	};
	uint64_t numbers[sizeof(rules) / sizeof(rules[0])];

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		numbers[i] = owner("scope = \"group\";", rules[i], 0, 1000);
		for (size_t j = 0; j < i; j++)
			assert_true(numbers[i] != numbers[j]);
	}
}

TEST(test_the_key_says_which_policy_and_which_version_of_it)
{
	static const char rules[] = "{ policy = \"p\"; }";
	NSI_AUTO_FREE struct pol_image *a = load("", rules);
	NSI_AUTO_FREE struct pol_image *b = load("linger = \"1m\";", rules);
	NSI_AUTO_FREE struct pol_image *c = load("scope = \"session\";", rules);
	struct set_key key = decide_key(a, policy_rule(a, 0), 1000, "a", &no_job);

	assert_string_equal(key.policy, "p");
	assert_int_equal(key.scope, POL_SCOPE_USER);
	assert_true(key.digest == decide_key(b, policy_rule(b, 0), 1000, "a", &no_job).digest);
	assert_true(key.digest != decide_key(c, policy_rule(c, 0), 1000, "a", &no_job).digest);
}

static void test_a_job_is_its_control_group_and_its_user(void **state)
{
	static const char rules[] = "{ policy = \"p\"; }";
	NSI_AUTO_FREE struct pol_image *image = load("scope = \"job\"; job = \"slurm\";", rules);
	const struct record_job job = {.id = 4711, .name = "12", .group = "/cg/job_12"};
	struct set_key key = decide_key(image, policy_rule(image, 0), 1000, "a", &job);

	(void)state;
	assert_true(key.owner == 4711);
	assert_int_equal(key.uid, 1000);
	assert_ptr_equal(key.job, &job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_user_is_their_uid),
		cmocka_unit_test(test_a_group_is_its_rule),
		cmocka_unit_test(test_a_group_stays_when_the_file_changes_around_it),
		cmocka_unit_test(test_groups_differ_as_their_rules_do),
		cmocka_unit_test(test_a_job_is_its_control_group_and_its_user),
		cmocka_unit_test(test_the_key_says_which_policy_and_which_version_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
