/* SPDX-License-Identifier: MIT */
/* The answer of "show" as text and as JSON: the login, the rule, and where each key comes from */
#include "tests/unit/ctl/login.h"

TEST(test_the_login_and_the_lines)
{
	machine.ctl.service = "sshd";
	machine.ctl.tty = "pts/1";
	machine.ctl.rhost = "there";
	machine.ctl.from_user = LOGIN_USER;
	assert_int_equal(
		show("{ user = \"daemon\"; policy = \"lab\"; on_error = \"allow\"; }", LOGIN_USER),
		CTL_OK);
	(void)output_cells(&o);
	expect_text(o.out, "service sshd as asked\ntty pts/1 as asked\nrhost there as asked\n"
			   "from user daemon as asked\n");
	expect_text(o.out, "\nrule on_error allow ");
	expect_text(o.out, "/nsisolate.conf:5\npolicy lab ");
	expect_text(o.out, "\nhostname cell");
	expect_text(o.out, "/nsisolate.conf:3\n");
	expect_text(o.out, "\n/var/tmp ");
}

TEST(test_json)
{
	machine.ctl.json = true;
	assert_int_equal(show("{ user = \"daemon\"; policy = \"lab\"; }", LOGIN_USER), CTL_OK);
	expect_json(&o, "action", "\"policy\"");
	expect_json(&o, "audit", "false");
	expect_json(&o, "service", "\"login\"");
	expect_json(&o, "rule.line", "5");
	expect_json(&o, "policy.name", "\"lab\"");
	expect_json(&o, "policy.where.line", "2");
	expect_json(&o, "policy.hostname_here", "\"cell\"");
	expect_json(&o, "policy.origin.hostname.line", "3");
	expect_json(&o, "policy.origin.scope", "null");
	expect_json(&o, "policy.directories.0.path", "\"/var/tmp\"");
	expect_json(&o, "policy.directories.0.origin.path.line", "3");
	assert_int_equal(show("{ user = \"root\"; policy = \"lab\"; }", LOGIN_USER), CTL_OK);
	expect_json(&o, "action", "\"none\"");
	expect_json(&o, "rule", "null");
	expect_json(&o, "policy", "null");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_the_login_and_the_lines),
		MACHINE_TEST(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
