/* SPDX-License-Identifier: MIT */
/* "enable", "disable" and "list-enabled": answers, refusals and exit codes */
#include "tests/unit/ctl/machine.h"

static struct output o;

static int call(int (*verb)(const struct ctl *ctl), const char *user, const char *policy)
{
	machine.operands[0] = (char *)(uintptr_t)user;
	machine.operands[1] = (char *)(uintptr_t)policy;
	return output_of(&o, verb, &machine.ctl);
}

TEST(test_a_user_is_enabled_disabled_and_undone)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(call(list_enabled_verb, NULL, NULL), CTL_OK);
	assert_string_equal(o.out, "neither enable nor disable was called for anybody\n");
	assert_int_equal(call(enable_verb, "daemon", NULL), CTL_OK); /* there is one policy */
	assert_string_equal(o.out, "daemon: isolated by policy lab from the next login on\n");
	assert_int_equal(call(disable_verb, "bin", NULL), CTL_OK);
	assert_string_equal(o.out, "bin: not isolated from the next login on\n");
	assert_int_equal(call(list_enabled_verb, NULL, NULL), CTL_OK);
	assert_string_equal(output_cells(&o),
			    "USER STATE POLICY\ndaemon enabled lab\nbin disabled -\n");
	machine.ctl.json = true;
	assert_int_equal(call(list_enabled_verb, NULL, NULL), CTL_OK);
	expect_json(&o, "users.0", "{\"user\":\"daemon\",\"enabled\":true,\"policy\":\"lab\"}");
	expect_json(&o, "users.1", "{\"user\":\"bin\",\"enabled\":false,\"policy\":null}");
	machine.ctl.undo = true;
	assert_int_equal(call(disable_verb, "bin", NULL), CTL_OK);
	assert_string_equal(o.out, "bin: the other rules decide, from the next login on\n");
	assert_int_equal(call(disable_verb, "bin", NULL), CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: neither enable nor disable was called for bin\n");
}

TEST(test_refusals)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(call(enable_verb, "no-such-user", "lab"), CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: there is no user no-such-user\n");
	assert_int_equal(call(enable_verb, "root", "lab"), CTL_REFUSED);
	expect_text(o.err, "root is isolated by the module's argument isolate_root");
	assert_int_equal(call(enable_verb, "daemon", "none"), CTL_REFUSED);
	expect_text(o.err, "the configuration would have errors: ");
	assert_int_equal(scratch_write(&machine.s, "nsisolate.conf", "version = 1;\n"), 0);
	assert_int_equal(call(enable_verb, "daemon", NULL), CTL_REFUSED);
	assert_string_equal(o.err, "nsisolate: there is no policy in the configuration\n");
	assert_int_equal(
		scratch_write(&machine.s, "nsisolate.conf",
			      "version = 1;\npolicies = { a = { namespaces = [ \"mount\" ]; };\n"
			      "b = { namespaces = [ \"ipc\" ]; }; };\n"),
		0);
	assert_int_equal(call(enable_verb, "daemon", NULL), CTL_USAGE);
	assert_string_equal(o.err, "nsisolate: name one of the policies a, b\n");
	assert_int_equal(scratch_write(&machine.s, "nsisolate.conf", "frobnicate"), 0);
	assert_int_equal(call(enable_verb, "daemon", NULL), CTL_REFUSED);
}

TEST(test_a_file_that_somebody_else_has_written)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(scratch_write(&machine.s, "nsisolate.d/00-enabled.conf", "version = 1;\n"),
			 0);
	assert_int_equal(call(list_enabled_verb, NULL, NULL), CTL_REFUSED);
	expect_text(o.err,
		    "this was not written by enable or disable; move it to another drop-in\n");
	assert_int_equal(call(disable_verb, "daemon", NULL), CTL_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_a_user_is_enabled_disabled_and_undone),
		MACHINE_TEST(test_refusals),
		MACHINE_TEST(test_a_file_that_somebody_else_has_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
