/* SPDX-License-Identifier: MIT */
/* Values that are one word, number or text: as written, or refused with what they must be */
#include "tests/unit/image.h"
#include "tests/unit/policy/said.h"

#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16

TEST(test_values_come_out_as_written)
{
	NSI_AUTO_FREE struct pol_image *image =
		image_of("a = { namespaces = [ \"ipc\", \"uts\" ]; scope = \"session\"; "
			 "max_sessions = \"1k\"; kill_grace = \"2m\"; hostname = \"%{host}-x\"; "
			 "on_error = { uts = \"allow\"; ipc = \"deny\"; }; };");
	const struct pol_policy *p = policy_get(image, 0);

	assert_int_equal(p->scope, POL_SCOPE_SESSION);
	assert_int_equal(p->max_sessions, 1000);
	assert_int_equal(p->kill_grace, 120);
	assert_string_equal(policy_str(image, p->hostname), "%{host}-x");
	assert_int_equal(p->on_error, POL_ERROR_DENY);
	assert_int_equal(p->optional, ns_bit(NS_UTS));
}

TEST(test_words)
{
	static const struct said rows[] = {
		{IN_POLICY("scope = \"users\";"),
		 "3: error: 'scope' in policy 'a' must be one of \"user\", \"session\", \"group\", "
		 "\"job\", not \"users\" (did you mean \"user\"?)"},
		{IN_POLICY("scope = \"\";"),
		 "3: error: 'scope' in policy 'a' must be one of \"user\", \"session\", \"group\", "
		 "\"job\", not \"\""},
		{IN_POLICY("on_error = true;"), "3: error: 'on_error' in policy 'a' must be "
						"\"deny\", \"allow\" or a group such as { uts = "
						"\"allow\"; }"},
		{IN_RULES("{ audit = \"true\"; policy = \"lab\"; }"),
		 "3: error: 'audit' in a rule must be true or false, without quotes, not \"true\""},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

TEST(test_numbers)
{
	static const struct said rows[] = {
		{IN_POLICY("max_sessions = \"1000000\";"), ""},
		{IN_POLICY("max_sessions = \"1000001\";"),
		 "3: error: 'max_sessions' in policy 'a' must be a quoted count such as \"1000\" "
		 "or "
		 "\"100k\", not \"1000001\", which is out of range"},
		{IN_POLICY("max_sessions = 5;"), "3: error: 'max_sessions' in policy 'a' must be a "
						 "quoted count such as \"1000\" or "
						 "\"100k\"; a number without quotes is refused"},
		{IN_POLICY("max_sessions = 5L;"), "3: error: 'max_sessions' in policy 'a' must be "
						  "a quoted count such as \"1000\" or "
						  "\"100k\"; a number without quotes is refused"},
		{IN_POLICY("linger = \"5\";"), "3: error: 'linger' in policy 'a' must be a quoted "
					       "time such as \"90s\", \"10m\" or "
					       "\"30d\", not \"5\""},
		{IN_POLICY("linger = \"\";"), "3: error: 'linger' in policy 'a' must be a quoted "
					      "time such as \"90s\", \"10m\" or "
					      "\"30d\", not \"\""},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

/* A text of more than 64 bytes is not repeated. */
TEST(test_texts)
{
	static const struct said rows[] = {
		{IN_POLICY("hostname = \"\";"),
		 "3: error: 'hostname' in policy 'a' must be a quoted "
		 "text such as \"%{host}-%{user}\", not \"\""},
		{IN_POLICY("hostname = 5;"),
		 "3: error: 'hostname' in policy 'a' must be a quoted text such as "
		 "\"%{host}-%{user}\"; a number without quotes is refused"},
		{IN_POLICY("linger = \"" X64 "\";"), "3: error: 'linger' in policy 'a' must be a "
						     "quoted time such as \"90s\", \"10m\" or "
						     "\"30d\", not \"" X64 "\""},
		{IN_POLICY("linger = \"x" X64 "\";"), "3: error: 'linger' in policy 'a' must be a "
						      "quoted time such as \"90s\", \"10m\" or "
						      "\"30d\", not this long text"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

TEST(test_errors_of_each_namespace)
{
	static const struct said rows[] = {
		{IN_POLICY("on_error = {\nipd = \"allow\"; };"),
		 "4: error: unknown namespace 'ipd' in 'on_error' in policy 'a' (did you mean "
		 "'ipc'?)"},
		{IN_POLICY("on_error = {\nipc = \"perhaps\"; };"),
		 "4: error: 'ipc' in 'on_error' in policy 'a' must be \"deny\" or \"allow\""},
		{IN_POLICY("on_error = {\nipc = true; };"),
		 "4: error: 'ipc' in 'on_error' in policy 'a' must be \"deny\" or \"allow\""},
		{IN_POLICY("on_error = { mount = \"allow\";\nuser = \"allow\"; };"),
		 "3: error: 'mount' in 'on_error' in policy 'a' must be \"deny\": without it, the "
		 "directories would be the host's\n"
		 "4: error: 'user' in 'on_error' in policy 'a' must be \"deny\": without it, the "
		 "session would be somebody else"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_come_out_as_written),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_errors_of_each_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
