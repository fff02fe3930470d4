/* SPDX-License-Identifier: MIT */
/* Inheritance: of values, of directories, and chains that do not end */
#include "tests/unit/image.h"
#include "tests/unit/policy/said.h"

#define TMP(path) "{ path = \"" path "\"; method = \"tmpfs\"; }"

TEST(test_a_key_replaces_the_inherited_one)
{
	NSI_AUTO_FREE struct pol_image *image = image_of(
		"c = { extends = \"b\"; linger = \"3m\"; }; b = { extends = \"a\"; kill_grace = "
		"\"9s\"; }; a = { namespaces = [ \"ipc\" ]; linger = \"1m\"; on_last_close = "
		"\"kill\"; "
		"on_error = { ipc = \"allow\"; }; };");
	const struct pol_policy *c = policy_get(image, 0), *b = policy_get(image, 1);

	assert_int_equal(c->linger, 180);
	assert_int_equal(c->kill_grace, 9);
	assert_int_equal(c->on_last_close, POL_LAST_KILL);
	assert_int_equal(c->types, b->types);
	assert_int_equal(c->optional, b->optional);
	assert_int_equal(b->linger, 60);
}

/* The paths of all directories of policy @row: "/a /b". */
static void expect_dirs(const struct pol_image *image, uint32_t row, const char *want)
{
	const struct pol_policy *p = policy_get(image, row);
	char got[256] = "";

	for (uint32_t i = 0; i < p->dirs.count; i++)
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", i ? " " : "",
			       policy_str(image, policy_dir(image, p->dirs.first + i)->path));
	assert_string_equal(got, want);
}

TEST(test_directories_are_merged)
{
	NSI_AUTO_FREE struct pol_image *image =
		image_of("a = { namespaces = [ \"mount\" ]; directories = ( " TMP("/tmp") ", " TMP(
			"/var/tmp") " ); }; b = { extends = \"a\"; directories = ( { path = "
				    "\"/tmp\"; "
				    "method = \"none\"; }, " TMP(
					    "/dev/shm") " ); }; c = { extends = "
							"\"b\"; directories = ( { "
							"path = \"/var/tmp\"; "
							"method = \"tmpfs\"; size "
							"= \"1M\"; } ); };");

	expect_dirs(image, 0, "/tmp /var/tmp");
	expect_dirs(image, 1, "/var/tmp /dev/shm");
	expect_dirs(image, 2, "/dev/shm /var/tmp");
	assert_int_equal(policy_dir(image, policy_get(image, 2)->dirs.first + 1)->size, 1 << 20);
}

TEST(test_a_directory_that_need_not_be_dropped)
{
	expect_said(IN_POLICY("directories = (\n{ path = \"/tmp\"; method = \"none\"; } );"),
		    "4: warning: '/tmp' is not inherited, so it need not be dropped");
}

TEST(test_parents_that_are_none)
{
	static const struct said rows[] = {
		{"version = 1;\npolicies = { base = { namespaces = [ \"ipc\" ]; };\nb = { extends "
		 "= "
		 "\"bas\"; }; };",
		 "3: error: policy 'b' extends 'bas', which is not defined (did you mean 'base'?)"},
		{"version = 1;\npolicies = {\nb = { extends = \"zork\"; }; };",
		 "3: error: policy 'b' extends 'zork', which is not defined"},
		{"version = 1;\npolicies = {\nb = { extends = \"b\"; }; };",
		 "3: error: policy 'b' extends itself: b -> b"},
		{"version = 1;\npolicies = {\na = { extends = \"b\"; };\nb = { extends = \"c\"; "
		 "};\nc "
		 "= { extends = \"b\"; }; };",
		 "4: error: policy 'b' extends itself: b -> c -> b"},
		{IN_POLICY("extends = \"\";"),
		 "3: error: 'extends' in policy 'a' must be the quoted "
		 "name of a policy, not \"\""},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

/* Policy 0 extends 1, which extends 2, and so on. */
static const char *chain_of(int ancestors, char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "version = 1;\npolicies = {\n");

	for (int i = 0; i < ancestors; i++)
		used += (size_t)snprintf(buf + used, size - used, "p%d = { extends = \"p%d\"; };\n",
					 i, i + 1);
	(void)snprintf(buf + used, size - used, "p%d = { namespaces = [ \"ipc\" ]; }; };",
		       ancestors);
	return buf;
}

TEST(test_the_longest_chain)
{
	char text[2048];

	expect_said(chain_of(EXTENDS_DEPTH_MAX, text, sizeof(text)), "");
	expect_said(chain_of(EXTENDS_DEPTH_MAX + 4, text, sizeof(text)),
		    "3: error: policy 'p0' has more than 16 ancestors");
}

TEST(test_more_directories_than_a_policy_can_have)
{
	static char text[8192];
	size_t used =
		(size_t)snprintf(text, sizeof(text),
				 "version = 1;\npolicies = { a = { namespaces = [ \"mount\" ]; "
				 "directories = (");

	for (int i = 0; i <= POL_DIRS_MAX; i++) {
		if (i == POL_DIRS_MAX)
			used += (size_t)snprintf(text + used, sizeof(text) - used,
						 " ); };\nb = { extends = \"a\"; directories = (");
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s{ path = \"/tmp/nsi-%02d\"; method = \"tmpfs\"; }",
					 i % POL_DIRS_MAX ? ", " : " ", i);
	}
	(void)snprintf(text + used, sizeof(text) - used, " ); }; };");
	{
		NSI_CLEANUP(policy_report_done) struct pol_report report = {0};
		NSI_AUTO_FREE struct pol_image *image = NULL;
		NSI_CLEANUP(draft_done) struct draft d;

		assert_int_equal(said_load(&d, text, &report, &image), -EINVAL);
		assert_int_equal(report.errors, 1); /* the paths that do not exist are warnings */
		for (size_t i = 0; i < report.count; i++)
			if (report.messages[i].severity == POL_ERROR)
				assert_string_equal(report.messages[i].text,
						    "policy 'b' has more than 32 directories with "
						    "those that it inherits");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_key_replaces_the_inherited_one),
		cmocka_unit_test(test_directories_are_merged),
		cmocka_unit_test(test_a_directory_that_need_not_be_dropped),
		cmocka_unit_test(test_parents_that_are_none),
		cmocka_unit_test(test_the_longest_chain),
		cmocka_unit_test(test_more_directories_than_a_policy_can_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
