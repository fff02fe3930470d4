/* SPDX-License-Identifier: MIT */
/* "show": the outcome of a login by each kind of rule, and where each key comes from */
#include <stdlib.h>

#include "tests/unit/ctl/machine.h"

static struct output o;

#define POLICIES                                                                             \
	"version = 1;\npolicies = { lab = { namespaces = [ \"mount\", \"uts\" ];\n"          \
	"hostname = \"cell\"; directories = ( { path = \"/var/tmp\"; method = \"tmpfs\"; } " \
	");\n}; "                                                                            \
	"};\n"

static int show(const char *rules, const char *user)
{
	char text[2000];

	(void)snprintf(text, sizeof(text), POLICIES "rules = ( %s );\n", rules);
	assert_int_equal(scratch_write(&machine.s, "nsisolate.conf", text), 0);
	machine.operands[0] = (char *)(uintptr_t)user;
	return output_of(&o, show_verb, &machine.ctl);
}

/* Any account but root. */
static const char *user_of_system(void)
{
	return "daemon";
}

TEST(test_the_outcome)
{
	static const struct {
		const char *rules, *outcome;
	} all[] = {
		{"{ user = \"daemon\"; policy = \"lab\"; }", "isolated by policy lab"},
		{"{ user = \"daemon\"; policy = \"lab\"; audit = true; }",
		 "not isolated: audit = true; it would be isolated by policy lab"},
		{"{ user = \"daemon\"; action = \"host\"; audit = true; }",
		 "not isolated: audit = true; it would be taken to the host"},
		{"{ user = \"daemon\"; action = \"skip\"; audit = true; }",
		 "not isolated: audit = true; it would be left alone"},
		{"{ user = \"daemon\"; action = \"skip\"; }", "not isolated: action = \"skip\""},
		{"{ user = \"daemon\"; action = \"host\"; }",
		 "taken to the host's namespaces: action = \"host\""},
		{"{ user = \"root\"; policy = \"lab\"; }", "not isolated: no rule matches"},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_int_equal(show(all[i].rules, user_of_system()), CTL_OK);
		expect_text(output_cells(&o), all[i].outcome);
	}
	assert_int_equal(show("{ user = \"root\"; policy = \"lab\"; }", "root"), CTL_OK);
	expect_text(output_cells(&o),
		    "not isolated: root, without the module's argument isolate_root");
}

TEST(test_the_login_and_the_lines)
{
	machine.ctl.service = "sshd";
	machine.ctl.tty = "pts/1";
	machine.ctl.rhost = "there";
	machine.ctl.from_user = user_of_system();
	assert_int_equal(show("{ user = \"daemon\"; policy = \"lab\"; on_error = \"allow\"; }",
			      user_of_system()),
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
	assert_int_equal(show("{ user = \"daemon\"; policy = \"lab\"; }", user_of_system()),
			 CTL_OK);
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
	assert_int_equal(show("{ user = \"root\"; policy = \"lab\"; }", user_of_system()), CTL_OK);
	expect_json(&o, "action", "\"none\"");
	expect_json(&o, "rule", "null");
	expect_json(&o, "policy", "null");
}

TEST(test_isolation_that_is_switched_off)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(scratch_write(&machine.s, "run/disabled", ""), 0);
	assert_int_equal(show("{ user = \"daemon\"; policy = \"lab\"; }", user_of_system()),
			 CTL_OK);
	expect_text(o.out, "not isolated: ");
	expect_text(o.out, "/run/disabled");
}

TEST(test_wrong_calls)
{
	assert_int_equal(show("", NULL), CTL_USAGE);
	assert_string_equal(o.err, "nsisolate: show takes a USER with the options of a login, or "
				   "--all alone\n");
	machine.ctl.all = true;
	machine.ctl.tty = "pts/1";
	assert_int_equal(show("", NULL), CTL_USAGE);
	machine.ctl.all = false;
	assert_int_equal(show("", "no-such-user"), CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: there is no user no-such-user\n");
	assert_int_equal(show("{ frobnicate = 1; }", "root"), CTL_REFUSED);
	expect_text(o.err, "/nsisolate.conf:5: error: ");
	assert_string_equal(o.out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_the_outcome), MACHINE_TEST(test_the_login_and_the_lines),
		MACHINE_TEST(test_json),        MACHINE_TEST(test_isolation_that_is_switched_off),
		MACHINE_TEST(test_wrong_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
