/* SPDX-License-Identifier: MIT */
/* "convert --adopt": entries that are moved from pam_namespace's directories, and those that stay with a reason */
#include "tests/unit/ctl/machine.h"

static struct output o;

/* Of the line "@dir @prefix @method", with the prefix below the directory of the machine. */
static int adopt(const char *dir, const char *prefix, const char *method)
{
	static char path[256];
	char text[500];

	(void)snprintf(text, sizeof(text), "%s %s%s %s\n", dir, machine.s.top, prefix, method);
	assert_int_equal(scratch_write(&machine.s, "n.conf", text), 0);
	(void)snprintf(path, sizeof(path), "%s", scratch_path(&machine.s, 0, "n.conf"));
	machine.operands[0] = path;
	machine.ctl.adopt = true;
	return output_of(&o, convert_verb, &machine.ctl);
}

static bool has(const char *name)
{
	return access(scratch_path(&machine.s, 0, name), F_OK) == 0;
}

TEST(test_entries_of_each_user_are_moved)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(scratch_write(&machine.s, "inst/root/a", ""), 0);
	assert_int_equal(scratch_write(&machine.s, "inst/root/b/c", ""), 0);
	assert_int_equal(scratch_write(&machine.s, "inst/no-such-user/a", ""), 0);
	assert_int_equal(adopt("/tmp", "/inst/", "user"), CTL_OK);
	expect_text(o.err, "/inst/root: 2 entries moved to /tmp of root\n");
	assert_true(has("state/u0/tmp/a") && has("state/u0/tmp/b/c"));
	assert_true(!has("inst/root/a") && has("inst/no-such-user/a"));
}

TEST(test_an_entry_that_is_there_already_stays)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(scratch_write(&machine.s, "inst/x-root/a", "old"), 0);
	assert_int_equal(adopt("/tmp", "/inst/x-", "user"), CTL_OK);
	assert_int_equal(scratch_write(&machine.s, "inst/x-root/a", "another"), 0);
	assert_int_equal(adopt("/tmp", "/inst/x-", "user"), CTL_REFUSED);
	expect_text(o.err, "/inst/x-root/a: stays: File exists\n");
	expect_text(o.err, "/inst/x-root: 0 entries moved to /tmp of root\n");
	assert_true(has("inst/x-root/a"));
}

TEST(test_lines_whose_contents_stay)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(adopt("/tmp", "/inst/", "level"), CTL_REFUSED);
	expect_text(o.err,
		    "/n.conf:1: the contents of this line's instances stay where they are\n");
	assert_int_equal(adopt("/tmp", "", "tmpfs"), CTL_OK);
	assert_string_equal(o.err, "");
	assert_int_equal(adopt("/tmp", "/nowhere/", "user"), CTL_REFUSED);
	expect_text(o.err, "/nowhere");
}

TEST(test_an_ordinary_user_may_not)
{
	const bool is_root = geteuid() == 0;
	int code;

	assert_int_equal(scratch_write(&machine.s, "n.conf", "/tmp /inst/ user\n"), 0);
	assert_int_equal(chmod(machine.s.top, 0755), 0);
	assert_int_equal(is_root ? seteuid(65534) : 0, 0);
	machine.ctl.adopt = true;
	machine.operands[0] = (char *)(uintptr_t)scratch_path(&machine.s, 3, "n.conf");
	code = output_of(&o, convert_verb, &machine.ctl);
	assert_int_equal(is_root ? seteuid(0) : 0, 0);
	assert_int_equal(code, CTL_NOT_PERMITTED);
	assert_string_equal(o.err, "nsisolate: convert --adopt needs root\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_entries_of_each_user_are_moved),
		MACHINE_TEST(test_an_entry_that_is_there_already_stays),
		MACHINE_TEST(test_lines_whose_contents_stay),
		MACHINE_TEST(test_an_ordinary_user_may_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
