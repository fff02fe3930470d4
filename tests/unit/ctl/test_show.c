/* SPDX-License-Identifier: MIT */
/* "show": the outcome of a login by each kind of rule, and wrong calls */
#include <stdlib.h>

#include "tests/unit/ctl/login.h"

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
		assert_int_equal(show(all[i].rules, LOGIN_USER), CTL_OK);
		expect_text(output_cells(&o), all[i].outcome);
	}
	assert_int_equal(show("{ user = \"root\"; policy = \"lab\"; }", "root"), CTL_OK);
	expect_text(output_cells(&o),
		    "not isolated: root, without the module's argument isolate_root");
}

TEST(test_isolation_that_is_switched_off)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(scratch_write(&machine.s, "run/disabled", ""), 0);
	assert_int_equal(show("{ user = \"daemon\"; policy = \"lab\"; }", LOGIN_USER), CTL_OK);
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
		MACHINE_TEST(test_the_outcome),
		MACHINE_TEST(test_isolation_that_is_switched_off),
		MACHINE_TEST(test_wrong_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
