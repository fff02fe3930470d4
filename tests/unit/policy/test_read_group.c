/* SPDX-License-Identifier: MIT */
/* Groups of keys: those that are needed, those that are unknown, and lists of such groups */
#include "tests/unit/image.h"
#include "tests/unit/policy/said.h"

TEST(test_groups_come_out_as_written)
{
	NSI_AUTO_FREE struct pol_image *image =
		image_of("a = { namespaces = [ \"mount\" ]; scope = \"job\"; job = \"slurm\"; "
			 "on_end = { run "
			 "= \"/bin/true\"; }; bind = ( { source = \"/srv\"; } ); propagation = "
			 "\"private\"; }; "
			 "b = { namespaces = [ \"mount\" ]; scope = \"job\"; job = { cgroup = "
			 "\"/jobs/%{job}\"; }; directories = [ ]; };");
	const struct pol_policy *a = policy_get(image, 0), *b = policy_get(image, 1);
	const struct pol_mount *bind = policy_mount(image, a->view.binds.first);

	assert_string_equal(policy_str(image, a->job.cgroup), "slurm");
	assert_string_equal(policy_str(image, b->job.cgroup), "/jobs/%{job}");
	assert_string_equal(policy_str(image, a->view.on_end.run), "/bin/true");
	assert_int_equal(a->view.on_end.timeout, 10); /* the default of a group's key */
	assert_string_equal(policy_str(image, bind->target), "/srv"); /* where it was */
	assert_int_equal(a->view.propagations.count, 1);
	assert_int_equal(b->dirs.count, 0);
}

TEST(test_what_is_no_group)
{
	static const struct said rows[] = {
		{IN_POLICY("on_end = \"/bin/true\";"),
		 "3: error: 'on_end' in policy 'a' must be a group in braces, as the manual shows, "
		 "not \"/bin/true\""},
		{IN_POLICY("job = \"pbs\"; scope = \"job\";"),
		 "3: error: 'job' in policy 'a' must be \"slurm\" or a group such as { cgroup = "
		 "\"/jobs/%{job}\"; }, not \"pbs\""},
		{IN_POLICY("directories = { };"), "3: error: 'directories' in policy 'a' must be a "
						  "list such as ( { path = \"/tmp\"; "
						  "method = \"tmpfs\"; } )"},
		{IN_POLICY("directories = (\n\"/tmp\" );"),
		 "4: error: an entry of 'directories' must be a group: { path = \"/tmp\"; ... }"},
		{IN_POLICY("bind = (\n\"/srv\" );"), "4: error: 'bind' in policy 'a' must be a "
						     "list such as ( { source = \"/srv/data\"; "
						     "target = \"/mnt\"; } ), not \"/srv\""},
		{IN_POLICY("hide = [\n\"srv\" ];"),
		 "4: error: 'hide' in policy 'a' must be a list of absolute paths, such as [ "
		 "\"/srv\", \"/opt\" ], not \"srv\""},
		{IN_POLICY("propagation = \"privat\";"),
		 "3: error: 'propagation' in policy 'a' must be \"slave\", \"private\", "
		 "\"shared\", "
		 "\"unbindable\", or a list such as ( { path = \"/media\"; type = \"private\"; } "
		 "), "
		 "not \"privat\""},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

TEST(test_keys_of_a_group)
{
	static const struct said rows[] = {
		{IN_POLICY("on_end = {\ntimeout = \"5s\"; };"),
		 "3: error: 'run' is missing in 'on_end' of policy 'a'"},
		{IN_POLICY("on_end = { run = \"/bin/true\";\nrunn = \"x\"; };"),
		 "4: error: unknown key 'runn' in 'on_end' of policy 'a' (did you mean 'run'?)"},
		{IN_POLICY("bind = ( { target = \"/srv\"; } );"),
		 "3: error: 'source' is missing in 'bind' of policy 'a'"},
		{IN_POLICY("network = { };"),
		 "3: error: 'mode' is missing in the network of policy 'a'"},
		{IN_POLICY("on_end = { run = \"true\"; };\nscop = 1;"), /* the place is as before */
		 "3: error: 'run' in 'on_end' of policy 'a' must be a quoted absolute path without "
		 "\"//\", \".\", \"..\" or a \"/\" at its end, not \"true\"\n"
		 "4: error: unknown key 'scop' in policy 'a' (did you mean 'scope'?)"},
		{IN_POLICY("directories = ( {\npath = \"/tmp\"; } );"),
		 "4: error: 'method' is missing in a directory of policy 'a'"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

static const char *directories_of(int count, char *buf, size_t size)
{
	size_t used = (size_t)snprintf(
		buf, size,
		"version = 1;\npolicies = { a = { namespaces = [ \"mount\" ];\ndirectories = (");

	for (int i = 0; i < count; i++)
		used += (size_t)snprintf(buf + used, size - used,
					 "%s{ path = \"/tmp/%d\"; method = \"none\"; }",
					 i ? ", " : " ", i);
	(void)snprintf(buf + used, size - used, " ); }; };");
	return buf;
}

/* Directories that are dropped without having been inherited: a warning each. */
TEST(test_the_most_directories)
{
	NSI_CLEANUP(policy_report_done) struct pol_report report = {0};
	NSI_AUTO_FREE struct pol_image *image = NULL;
	NSI_CLEANUP(draft_done) struct draft d;
	char text[4096];

	assert_int_equal(
		said_load(&d, directories_of(POL_DIRS_MAX, text, sizeof(text)), &report, &image),
		0);
	assert_int_equal(report.count, POL_DIRS_MAX);
	expect_said(directories_of(POL_DIRS_MAX + 1, text, sizeof(text)),
		    "3: error: more than 32 directories in policy 'a'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups_come_out_as_written),
		cmocka_unit_test(test_what_is_no_group),
		cmocka_unit_test(test_keys_of_a_group),
		cmocka_unit_test(test_the_most_directories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
