/* SPDX-License-Identifier: MIT */
/* "check": exit codes, errors with their lines, owners of drafts, --strict and --json */
#include "tests/unit/ctl/machine.h"

static struct output o;

static int check(const char *text)
{
	static char path[256];

	if (text)
		assert_int_equal(scratch_write(&machine.s, "draft.conf", text), 0);
	(void)snprintf(path, sizeof(path), "%s", scratch_path(&machine.s, 0, "draft.conf"));
	machine.operands[0] = path;
	return output_of(&o, check_verb, &machine.ctl);
}

TEST(test_a_good_draft)
{
	assert_int_equal(check("version = 1;\n"), CTL_OK);
	expect_text(o.out, "/draft.conf: ok, 0 policies, 0 rules\n");
	assert_int_equal(check(MACHINE_POLICY), CTL_OK);
	expect_text(o.out, "/draft.conf: ok, 1 policy, 1 rule\n");
}

TEST(test_errors_have_their_lines)
{
	assert_int_equal(check("version = 1;\nfrobnicate = 2;\n"), CTL_REFUSED);
	expect_text(o.err, "/draft.conf:2: error: ");
	assert_string_equal(o.out, "");
	machine.ctl.json = true;
	assert_int_equal(check("version = 1;\nfrobnicate = 2;\n"), CTL_REFUSED);
	expect_json(&o, "errors", "1");
	expect_json(&o, "messages.0.line", "2");
	expect_json(&o, "messages.0.id", "\"policy-error\"");
	expect_json(&o, "messages.0.severity", "\"error\"");
}

TEST(test_a_file_that_is_not_there)
{
	assert_int_equal(check(NULL), CTL_REFUSED);
	expect_text(o.err, "/draft.conf");
	expect_text(o.err, "there is no such file");
}

TEST(test_warnings_fail_with_strict_alone)
{
	static const char text[] =
		"version = 1;\npolicies = { lab = { namespaces = [ \"mount\" ]; }; };\n"
		"rules = ( { user = \"no-such-user\"; policy = \"lab\"; } );\n";

	assert_int_equal(check(text), CTL_OK);
	expect_text(o.err, "/draft.conf:3: warning: there is no user 'no-such-user'");
	machine.ctl.strict = true;
	assert_int_equal(check(text), CTL_REFUSED);
	machine.ctl.json = true;
	assert_int_equal(check(text), CTL_REFUSED);
	expect_json(&o, "errors", "0");
	expect_text(o.out, "\"rule-user-unknown\"");
}

TEST(test_a_file_that_others_may_write_is_an_error)
{
	assert_int_equal(scratch_write(&machine.s, "draft.conf", "version = 1;\n"), 0);
	assert_int_equal(chmod(scratch_path(&machine.s, 0, "draft.conf"), 0666), 0);
	assert_int_equal(check(NULL), CTL_REFUSED);
	expect_text(o.err,
		    "/draft.conf: error: may be written by others than its owner (chmod go-w)\n");
	if (geteuid() != 0)
		return;
	assert_int_equal(chmod(scratch_path(&machine.s, 0, "draft.conf"), 0644), 0);
	assert_int_equal(chown(scratch_path(&machine.s, 0, "draft.conf"), 65534, 65534), 0);
	assert_int_equal(check(NULL), CTL_REFUSED);
	expect_text(o.err, "/draft.conf: error: belongs to neither root nor you\n");
}

TEST(test_the_configuration_itself)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(output_of(&o, check_verb, &machine.ctl), CTL_OK);
	expect_text(o.out, "/nsisolate.conf: ok, 1 policy, 1 rule\n");
	assert_int_equal(scratch_write(&machine.s, "nsisolate.d/more.conf", "frobnicate = 1;\n"),
			 0);
	machine.operands[0] = machine.config; /* by its name: with its drop-ins */
	assert_int_equal(output_of(&o, check_verb, &machine.ctl), CTL_REFUSED);
	expect_text(o.err, "/nsisolate.d/more.conf:1: error: ");
}

TEST(test_the_worst_of_several_files)
{
	static char good[256], bad[256];

	assert_int_equal(scratch_write(&machine.s, "good.conf", "version = 1;\n"), 0);
	assert_int_equal(scratch_write(&machine.s, "bad.conf", "frobnicate = 1;\n"), 0);
	(void)snprintf(good, sizeof(good), "%s", scratch_path(&machine.s, 0, "good.conf"));
	(void)snprintf(bad, sizeof(bad), "%s", scratch_path(&machine.s, 0, "bad.conf"));
	machine.operands[0] = bad;
	machine.operands[1] = good;
	assert_int_equal(output_of(&o, check_verb, &machine.ctl), CTL_REFUSED);
	expect_text(o.err, "/bad.conf:1: error: ");
	expect_text(o.out, "/good.conf: ok");
}

TEST(test_a_system_that_cannot_be_entered)
{
	machine.ctl.image = "/nonexistent/image";
	if (geteuid() == 0) {
		assert_int_equal(output_of(&o, check_verb, &machine.ctl), CTL_SYSTEM);
		assert_string_equal(o.err, "nsisolate: cannot enter /nonexistent/image: No such "
					   "file or directory\n");
	} else {
		assert_int_equal(output_of(&o, check_verb, &machine.ctl), CTL_NOT_PERMITTED);
		assert_string_equal(o.err, "nsisolate: check --root needs root\n");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_a_good_draft),
		MACHINE_TEST(test_errors_have_their_lines),
		MACHINE_TEST(test_a_file_that_is_not_there),
		MACHINE_TEST(test_warnings_fail_with_strict_alone),
		MACHINE_TEST(test_a_file_that_others_may_write_is_an_error),
		MACHINE_TEST(test_the_configuration_itself),
		MACHINE_TEST(test_the_worst_of_several_files),
		MACHINE_TEST(test_a_system_that_cannot_be_entered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
