/* SPDX-License-Identifier: MIT */
/* Files of a configuration: which are read, in which order, and which are refused */
#include "base/fail.h"
#include "policy/files.h"
#include "tests/unit/policy/load_fixture.h"

TEST(test_dropins_follow_the_file_in_the_order_of_their_names)
{
	struct fixture *f = *state;

	write_file(f, "etc/nsisolate.conf", "version = 1;\n" RULE("main"));
	write_file(f, "etc/nsisolate.d/20-b.conf", RULE("b"));
	write_file(f, "etc/nsisolate.d/10-a.conf", "version = 1;\n" RULE("a"));
	write_file(f, "etc/nsisolate.d/.hidden.conf", "nonsense");
	write_file(f, "etc/nsisolate.d/30-c.conf.bak", "nonsense");
	write_file(f, "etc/nsisolate.d/.conf", "nonsense");
	assert_users(f, "main,a,b");
}

TEST(test_rules_first_puts_those_of_a_dropin_before_the_others)
{
	struct fixture *f = *state;

	write_file(f, "etc/nsisolate.conf", "version = 1;\n" RULE("main"));
	write_file(f, "etc/nsisolate.d/10-a.conf", RULE("a"));
	write_file(f, "etc/nsisolate.d/20-b.conf", RULE("b") "rules_first = true;\n");
	write_file(f, "etc/nsisolate.d/30-c.conf", "rules_first = true;\n" RULE("c"));
	write_file(f, "etc/nsisolate.d/40-d.conf", "rules_first = false;\n" RULE("d"));
	assert_users(f, "b,c,main,a,d");
}

TEST(test_rules_first_of_the_main_file_is_a_warning)
{
	struct fixture *f = *state;

	write_file(f, "etc/nsisolate.conf", "version = 1;\nrules_first = true;\n" RULE("main"));
	write_file(f, "etc/nsisolate.d/10-a.conf", RULE("a"));
	assert_int_equal(load(f, POL_LOAD_UNTRUSTED), 0);
	assert_int_equal(f->report.count, 1);
	assert_int_equal(f->report.messages[0].line, 2);
	assert_non_null(strstr(f->report.messages[0].text, "has no effect in the main file"));
}

TEST(test_dropins_are_left_out_on_demand)
{
	struct fixture *f = *state;

	write_file(f, "etc/nsisolate.conf", "version = 1;\n" RULE("main"));
	write_file(f, "etc/nsisolate.d/10-a.conf", RULE("a"));
	assert_int_equal(load(f, POL_LOAD_UNTRUSTED | POL_LOAD_NO_DROPINS), 0);
	assert_int_equal(f->image->table[POL_TABLE_RULES].count, 1);
}

TEST(test_a_dropin_is_enough)
{
	struct fixture *f = *state;

	write_file(f, "etc/nsisolate.d/10-a.conf", RULE("a"));
	assert_users(f, "a");
}

TEST(test_no_file_at_all_is_an_error)
{
	struct fixture *f = *state;

	assert_error(f, POL_LOAD_UNTRUSTED,
		     "/etc/nsisolate.conf: error: there is no such file, and no drop-in");
}

TEST(test_policies_of_one_file_serve_another)
{
	struct fixture *f = *state;

	write_file(f, "etc/nsisolate.conf",
		   "version = 1;\npolicies = { child = { extends = \"base\"; }; };\n"
		   "rules = ( { policy = \"base\"; } );\n");
	write_file(f, "etc/nsisolate.d/a.conf", POLICY("base"));
	assert_int_equal(load(f, POL_LOAD_UNTRUSTED), 0);
	assert_int_equal(f->image->table[POL_TABLE_POLICIES].count, 2);
	assert_int_equal(policy_get(f->image, 0)->types, policy_get(f->image, 1)->types);
}

/* The errors of all files are reported, without those that only follow from a broken file. */
TEST(test_a_broken_file_hides_no_errors_of_others)
{
	struct fixture *f = *state;

	write_file(f, "etc/nsisolate.conf",
		   "version = 1;\n" POLICY("base") "rules = ( { x = ; } );\n");
	write_file(f, "etc/nsisolate.d/a.conf",
		   "policies = { child = { extends = \"base\"; }; };\n"
		   "rules = ( { user = \"u\"; policy = \"base\"; },\n  { uid = \"x\"; policy = "
		   "\"child\"; } );\n");
	write_file(f, "etc/nsisolate.d/b.conf", "rules = (\n { user \"a\" } );\n");
	write_file(f, "etc/nsisolate.d/c.conf", "zork = true;\n");
	assert_int_equal(load(f, POL_LOAD_UNTRUSTED), -EINVAL);
	assert_int_equal(f->report.count, 4);
	for (size_t i = 0; i < 4; i++) {
		static const struct {
			const char *file;
			unsigned line;
		} want[] = {{"nsisolate.conf", 3}, {"a.conf", 3}, {"b.conf", 2}, {"c.conf", 1}};

		assert_non_null(strstr(f->report.messages[i].file, want[i].file));
		assert_int_equal(f->report.messages[i].line, want[i].line);
	}
}

TEST(test_a_policy_in_two_files_names_both)
{
	struct fixture *f = *state;

	write_file(f, "etc/nsisolate.conf", "version = 1;\n" POLICY("lab"));
	write_file(f, "etc/nsisolate.d/a.conf", "\n\n" POLICY("LAB"));
	assert_error(f, POL_LOAD_UNTRUSTED,
		     "/etc/nsisolate.d/a.conf:3: error: policy 'LAB' is defined twice: first at "
		     "/etc/nsisolate.conf:2");
}

TEST(test_vendor_stands_in_for_a_missing_file)
{
	struct fixture *f = *state;

	write_file(f, "usr/nsisolate.conf", "version = 1;\n" RULE("vendor"));
	assert_users(f, "vendor");
	write_file(f, "etc/nsisolate.conf", "version = 1;\n" RULE("admin"));
	assert_users(f, "admin");
	f->sources.vendor = NULL;
	assert_users(f, "admin");
}

TEST(test_dropins_of_the_administrator_mask_the_vendors)
{
	struct fixture *f = *state;

	write_file(f, "etc/nsisolate.conf", "version = 1;\n" RULE("main"));
	write_file(f, "usr/nsisolate.d/10-a.conf", RULE("vendor-a"));
	write_file(f, "usr/nsisolate.d/20-b.conf", RULE("vendor-b"));
	write_file(f, "usr/nsisolate.d/30-c.conf", RULE("vendor-c"));
	write_file(f, "usr/nsisolate.d/40-d.conf", RULE("vendor-d"));
	write_file(f, "etc/nsisolate.d/10-a.conf", RULE("admin-a"));
	write_file(f, "etc/nsisolate.d/20-b.conf", "");
	write_file(f, "etc/nsisolate.d/25-x.conf", RULE("admin-x"));
	assert_int_equal(
		symlink("/dev/null", scratch_path(&f->scratch, 0, "etc/nsisolate.d/30-c.conf")), 0);
	assert_users(f, "main,admin-a,admin-x,vendor-d");
	f->sources.vendor = NULL;
	assert_users(f, "main,admin-a,admin-x");
}

TEST(test_a_config_of_its_own_has_no_vendor)
{
	struct pol_sources sources = policy_sources("/srv/x.conf");

	assert_null(sources.vendor);
	assert_string_equal(policy_sources(NSI_CONFIG).vendor, NSI_VENDOR_CONFIG);
}

TEST(test_files_that_others_can_write_are_refused)
{
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip();
	write_file(f, "etc/nsisolate.conf", "version = 1;\n" RULE("main"));
	/* The scratch directory is below /tmp, which is sticky but not root's alone. */
	assert_error(f, POL_LOAD_NO_DROPINS,
		     "/etc/nsisolate.conf: error: /tmp can be written by "
		     "others than root");
}

TEST(test_what_is_no_file_is_refused_at_once)
{
	struct fixture *f = *state;

	write_file(f, "etc/nsisolate.d/b.conf", RULE("b"));
	assert_int_equal(mkfifo(f->config, 0600), 0);
	assert_error(f, POL_LOAD_UNTRUSTED, "/etc/nsisolate.conf: error: is not a regular file");
	assert_int_equal(unlink(f->config), 0);
	assert_int_equal(mkdir(f->config, 0700), 0);
	assert_error(f, POL_LOAD_UNTRUSTED, "/etc/nsisolate.conf: error: is not a regular file");
}

TEST(test_a_file_that_is_too_large_is_refused)
{
	struct fixture *f = *state;

	write_file(f, "etc/nsisolate.conf", "version = 1;\n");
	assert_int_equal(truncate(f->config, (2 << 20) + 1), 0);
	assert_error(f, POL_LOAD_UNTRUSTED, "/etc/nsisolate.conf: error: is larger than 2 MiB");
	assert_int_equal(truncate(f->config, 2 << 20), 0);
	assert_error(f, POL_LOAD_UNTRUSTED,
		     "/etc/nsisolate.conf: error: there is a NUL byte in the file");
}

TEST(test_files_that_are_too_large_together_are_refused)
{
	static char text[(2 << 20) - 1];
	struct fixture *f = *state;

	memset(text, '\n', sizeof(text) - 1);
	write_file(f, "etc/nsisolate.d/a.conf", text);
	write_file(f, "etc/nsisolate.d/b.conf", text);
	write_file(f, "etc/nsisolate.d/c.conf", text);
	assert_error(
		f, POL_LOAD_UNTRUSTED,
		"/etc/nsisolate.d/c.conf: error: with this file, the configuration is too large");
}

TEST(test_too_many_dropins_are_refused)
{
	struct fixture *f = *state;

	write_file(f, "etc/nsisolate.conf", "version = 1;\n");
	for (int i = 0; i < 64; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "etc/nsisolate.d/%02d.conf", i);
		write_file(f, name, RULE("x"));
	}
	assert_int_equal(load(f, POL_LOAD_UNTRUSTED), 0);
	write_file(f, "etc/nsisolate.d/99.conf", "");
	assert_error(f, POL_LOAD_UNTRUSTED,
		     "/etc/nsisolate.conf: error: there are more than 64 drop-ins");
}

TEST(test_a_byte_order_mark_is_named)
{
	struct fixture *f = *state;

	write_file(f, "etc/nsisolate.conf", "\xef\xbb\xbfversion = 1;\n");
	assert_error(f, POL_LOAD_UNTRUSTED,
		     "/etc/nsisolate.conf:1: error: the file starts with a "
		     "byte order mark; save it without");
}

TEST(test_a_comment_may_end_the_file)
{
	struct fixture *f = *state;

	write_file(f, "etc/nsisolate.conf", "version = 1; // no newline");
	assert_int_equal(load(f, POL_LOAD_UNTRUSTED), 0);
}

/* A draft replaces its drop-in, or is one more, and the file beside it is not read. */
TEST(test_a_draft_stands_in_for_its_dropin)
{
	struct fixture *f = *state;

	write_file(f, "etc/nsisolate.conf", "version = 1;\n" RULE("main"));
	write_file(f, "etc/nsisolate.d/10-a.conf", RULE("a"));
	write_file(f, "etc/nsisolate.d/10-a.conf" POL_DRAFT_SUFFIX, RULE("draft-a"));
	write_file(f, "etc/nsisolate.d/20-b.conf" POL_DRAFT_SUFFIX, RULE("draft-b"));
	assert_users(f, "main,a");
	f->sources.draft = "10-a.conf";
	assert_users(f, "main,draft-a");
	f->sources.draft = "20-b.conf";
	assert_users(f, "main,a,draft-b");
}

TEST(test_names_of_dropins)
{
	static const char *const names[][2] = {
		{"/etc/x.conf", "/etc/x.d"}, {"/etc/x", "/etc/x.d"},   {".conf", ".conf.d"},
		{"a.conf", "a.d"},           {"a.conf.", "a.conf..d"}, {"", ".d"},
	};
	char buf[16];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(files_dropin_dir(names[i][0], buf, sizeof(buf)), 0);
		assert_string_equal(buf, names[i][1]);
	}
	assert_int_equal(files_dropin_dir("/12345678901.conf", buf, 15), 0);
	assert_int_equal(files_dropin_dir("/12345678901.conf", buf, 14), -ENAMETOOLONG);
	assert_true(files_is_dropin("a.conf"));
	assert_false(files_is_dropin(".conf"));
	assert_false(files_is_dropin(".a.conf"));
	assert_false(files_is_dropin("a.conf~"));
	assert_false(files_is_dropin("a.CONF"));
	assert_false(files_is_dropin(""));
}

/* Compares the text of a file byte by byte; the reader appends one line end. */
static void expect_read(struct fixture *f, const char *text)
{
	NSI_AUTO_FREE char *got = NULL;
	struct nsi_fail fail = {""};
	size_t size = 0;

	write_file(f, "etc/nsisolate.conf", text);
	assert_int_equal(files_read(f->config, POL_LOAD_UNTRUSTED, &got, &size, &fail), 0);
	assert_int_equal(size, strlen(text) + 1);
	assert_memory_equal(got, text, strlen(text));
	assert_string_equal(got + size - 1, "\n");
}

TEST(test_texts_are_read_as_they_are)
{
	struct fixture *f = *state;
	NSI_AUTO_FREE char *got = NULL;
	struct nsi_fail fail = {""};
	size_t size = 0;

	expect_read(f, "");
	expect_read(f, "a = 1;");
	expect_read(f, "a = 1;\r\n\xff\r\n");
	assert_int_equal(truncate(f->config, 3), 0);
	assert_int_equal(truncate(f->config, 5), 0); /* with two NUL bytes behind */
	assert_int_equal(files_read(f->config, POL_LOAD_UNTRUSTED, &got, &size, &fail), 0);
	assert_int_equal(size, 6);
	assert_memory_equal(got, "a =\0\0\n", 7);
	assert_int_equal(unlink(f->config), 0);
	nsi_freep(&got);
	got = NULL;
	assert_int_equal(files_read(f->config, POL_LOAD_UNTRUSTED, &got, &size, &fail), -ENOENT);
	assert_non_null(strstr(fail.what, "cannot open "));
	assert_null(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_dropins_follow_the_file_in_the_order_of_their_names),
		EACH(test_rules_first_puts_those_of_a_dropin_before_the_others),
		EACH(test_rules_first_of_the_main_file_is_a_warning),
		EACH(test_dropins_are_left_out_on_demand),
		EACH(test_a_dropin_is_enough),
		EACH(test_no_file_at_all_is_an_error),
		EACH(test_policies_of_one_file_serve_another),
		EACH(test_a_broken_file_hides_no_errors_of_others),
		EACH(test_a_policy_in_two_files_names_both),
		EACH(test_vendor_stands_in_for_a_missing_file),
		EACH(test_dropins_of_the_administrator_mask_the_vendors),
		EACH(test_a_config_of_its_own_has_no_vendor),
		EACH(test_files_that_others_can_write_are_refused),
		EACH(test_what_is_no_file_is_refused_at_once),
		EACH(test_a_file_that_is_too_large_is_refused),
		EACH(test_files_that_are_too_large_together_are_refused),
		EACH(test_too_many_dropins_are_refused),
		EACH(test_a_byte_order_mark_is_named),
		EACH(test_a_comment_may_end_the_file),
		EACH(test_a_draft_stands_in_for_its_dropin),
		cmocka_unit_test(test_names_of_dropins),
		EACH(test_texts_are_read_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
