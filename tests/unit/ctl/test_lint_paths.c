/* SPDX-License-Identifier: MIT */
/* Paths of policies that the helper would refuse, in a made-up system */
#include <stdlib.h>

#include "ctl/lint.h"
#include "tests/unit/ctl/root.h"
#include "tests/unit/image.h"

static struct pol_image *image;

static void note(void *arg, const struct lint *lint)
{
	(void)arg;
	(void)printf("%u %s: %s\n", lint->line, finding_rows[lint->finding].id, lint->text);
}

static int lint(void)
{
	lint_paths(image, note, NULL);
	return 0;
}

/* The findings about a policy with @keys, which stand in line 2. */
static const char *findings(const char *keys, const char *rules)
{
	char text[2000];

	(void)snprintf(text, sizeof(text),
		       "version = 1;\npolicies = { lab = { namespaces = [ \"mount\" ]; %s }; };\n"
		       "rules = ( %s );\n",
		       keys, rules);
	image = image_of_text(text);
	assert_int_equal(root_call(lint), 0);
	free(image);
	return root_o.out;
}

#define USED "{ uid = \"1000-\"; policy = \"lab\"; }"

TEST(test_a_place_that_is_not_there)
{
	if (geteuid() != 0)
		skip();
	expect_text(findings("hide = [ \"/srv/secret\" ];", USED),
		    "2 path-unusable: policy 'lab' has a path in 'hide' that cannot be used: ");
	assert_string_equal(findings("hide = [ \"/srv/secret\" ];", "{ uid = \"1-\"; action = "
								    "\"skip\"; }"),
			    ""); /* by no rule */
	root_write("srv/secret/x", "");
	assert_string_equal(findings("hide = [ \"/srv/secret\" ];", USED), "");
	assert_string_equal(findings("readonly = [ \"/srv\" ];", USED), "");
	expect_text(findings("readonly = [ \"/opt\" ];", USED), "a path in 'readonly' ");
	expect_text(findings("unmount = [ \"/opt\" ];", USED), "a path in 'unmount' ");
}

TEST(test_a_place_that_the_set_itself_has)
{
	if (geteuid() != 0)
		skip();
	root_write("srv/data/x", "");
	assert_string_equal(
		findings("directories = ( { path = \"/scratch\"; method = \"tmpfs\"; } ); "
			 "hide = [ \"/scratch/x\" ];",
			 USED),
		"");
	expect_text(findings("bind = ( { source = \"/none\"; target = \"/srv\"; } );", USED),
		    "a path in 'bind' that cannot be used: ");
	assert_string_equal(findings("bind = ( { source = \"/srv/data\"; target = \"/srv\"; }, "
				     "{ source = \"/srv/data\"; target = \"/srv/more\"; } );",
				     USED),
			    "");
}

TEST(test_a_program_that_others_can_change)
{
	static const char hook[] = "on_create = { run = \"/opt/hook\"; };";

	if (geteuid() != 0)
		skip();
	expect_text(findings(hook, USED), "policy 'lab' has a path in 'on_create' ");
	root_write("opt/hook", "");
	assert_int_equal(chmod(root_s.top, 0755), 0);
	assert_string_equal(findings(hook, USED), "");
	assert_int_equal(chmod(scratch_path(&root_s, 0, "opt/hook"), 0777), 0);
	expect_text(findings(hook, USED), "a path in 'on_create' that cannot be used: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOT_TEST(test_a_place_that_is_not_there),
		ROOT_TEST(test_a_place_that_the_set_itself_has),
		ROOT_TEST(test_a_program_that_others_can_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
