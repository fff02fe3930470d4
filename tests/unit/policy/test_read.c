/* SPDX-License-Identifier: MIT */
/* The reader of one file: what must be at its top, and what is read behind a mistake of form */
#include "tests/unit/policy/said.h"

TEST(test_the_version)
{
	static const struct said rows[] = {
		{"version = 1;", ""},
		{"version = 1;\r\n", ""},
		{"", " error: there is no 'version = 1;'"}, /* of the file as a whole */
		{"\nversion = 2;", "2: error: 'version' must be 1, without quotes"},
		{"version = 1L;", "1: error: 'version' must be 1, without quotes"},
		{"version = \"1\";", "1: error: 'version' must be 1, without quotes"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

TEST(test_keys_at_the_top)
{
	static const struct said rows[] = {
		{"version = 1;\npolicie = { };",
		 "2: error: unknown key 'policie' at the top level (did you mean 'policies'?)"},
		{"version = 1;\npolicies = ( );",
		 "2: error: 'policies' must be a group: policies = { NAME = { ... }; };"},
		{"version = 1;\nrules = { };",
		 "2: error: 'rules' must be a list in parentheses: rules = ( { ... }, { ... } );"},
		{"version = 1;\nrules = [ ];", ""},
		{"version = 1;\nrules = [ 1 ];",
		 "2: error: 'rules' must be a list in parentheses: rules = ( { ... }, { ... } );"},
		{"version = 1;\nrules_first = true;",
		 "2: warning: 'rules_first' has no effect in the main file: it is for drop-ins"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16

TEST(test_names_of_policies)
{
	static const struct said rows[] = {
		{"version = 1;\npolicies = { " X64 " = { namespaces = [ \"ipc\" ]; }; };", ""},
		{"version = 1;\npolicies = {\nx" X64 " = { namespaces = [ \"ipc\" ]; }; };",
		 "3: error: the name of a policy is longer than 64 bytes"},
		{"version = 1;\npolicies = {\na* = { namespaces = [ \"ipc\" ]; }; };",
		 "3: error: the name of a policy cannot have a '*' in it"},
		{"version = 1;\npolicies = {\na = 5; };",
		 "3: error: policy 'a' must be a group: a = { ... };"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

/* The errors of other groups are found as well, and none that only follows from the first. */
TEST(test_what_is_read_behind_a_mistake_of_form)
{
	static const struct said rows[] = {
		{"version = 1;\npolicies = {\na = { namespaces = ; };\nb = { zork = 1; namespaces "
		 "= [ "
		 "\"ipc\" ]; };\n};\n",
		 "3: error: syntax error, here or just before\n4: error: unknown key 'zork' in "
		 "policy "
		 "'b'"},
		{"version = 1;\npolicies = { a = { namespaces = [ \"ipc\" ]; }; };\nrules = (\n{ "
		 "user "
		 "= @; policy = \"a\"; },\n{ policy = \"none\"; } );\n",
		 "4: error: '@' cannot stand here (are quotes missing?)\n"
		 "5: error: unknown policy 'none'"},
		{"version = 1;\n}\n", "2: error: '}' closes nothing"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

/* The text may be cut anywhere: each part is read to its end, or refused. */
TEST(test_a_text_that_is_cut_short)
{
	static const char whole[] =
		IN_RULES("{ user = [ \"a\", \"!b\" ]; policy = \"lab\"; } /* x */");

	for (size_t size = 0; size <= sizeof(whole) - 1; size++) {
		NSI_CLEANUP(policy_report_done) struct pol_report report = {0};
		NSI_AUTO_FREE struct pol_image *image = NULL;
		NSI_AUTO_FREE char *part = strndup(whole, size);
		NSI_CLEANUP(draft_done) struct draft d;

		assert_non_null(part);
		assert_int_equal(draft_init(&d, &report), 0);
		read_file(&d, "f", part, size, true);
		assert_int_equal(compile_draft(&d, &image), report.errors ? -EINVAL : 0);
		assert_int_equal(strlen(part), size);
	}
}

TEST(test_a_nul_byte)
{
	NSI_CLEANUP(policy_report_done) struct pol_report report = {0};
	NSI_CLEANUP(draft_done) struct draft d;
	char text[] = "version = 1;\0rules = ( );", got[128];

	assert_int_equal(draft_init(&d, &report), 0);
	read_file(&d, "f", text, sizeof(text) - 1, true);
	assert_string_equal(said_format(&report, got, sizeof(got)),
			    " error: there is a NUL byte in the file");
	assert_true(d.has_gaps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_version),
		cmocka_unit_test(test_keys_at_the_top),
		cmocka_unit_test(test_names_of_policies),
		cmocka_unit_test(test_what_is_read_behind_a_mistake_of_form),
		cmocka_unit_test(test_a_text_that_is_cut_short),
		cmocka_unit_test(test_a_nul_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
