/* SPDX-License-Identifier: MIT */
/* The policy and its exceptions, as "doctor" finds them */
#include "ctl/doctor.h"

#include "tests/unit/ctl/machine.h"

static struct output o;
static struct doctor d;

/* With the stacks of an empty directory: no service of this machine matters. */
static void examine(const char *text)
{
	if (text)
		assert_int_equal(scratch_write(&machine.s, "nsisolate.conf", text), 0);
	assert_int_equal(scratch_write(&machine.s, "pam.d/sshd", ""), 0);
	output_begin(&o);
	d = (struct doctor){.ctl = &machine.ctl, .out = stdout};
	machine.ctl.pamdir = scratch_path(&machine.s, 7, "pam.d");
	doctor_policy(&d);
	output_end(&o);
}

TEST(test_a_policy_that_is_well)
{
	if (geteuid() != 0)
		skip();
	examine(NULL);
	expect_text(o.out, "ok       policy: /run/");
	expect_text(o.out, "/nsisolate.conf: 1 policy, 1 rule\n");
	assert_int_equal(d.counts[SEV_ERROR], 0);
}

TEST(test_a_policy_that_cannot_be_used)
{
	if (geteuid() != 0)
		skip();
	examine("version = 1;\nfrobnicate = 1;\n");
	expect_text(o.out, "/nsisolate.conf:2: ");
	expect_text(o.out, "[policy-error]\n");
	expect_text(o.out, "error    policy: it cannot be used, so every login is refused "
			   "[policy-unusable]\n         -> nsisolate check\n");
}

TEST(test_no_rules)
{
	if (geteuid() != 0)
		skip();
	examine("version = 1;\n");
	expect_text(o.out, "policy: it has no rules, so nobody is isolated [no-rules]\n");
}

TEST(test_exceptions_that_let_people_in)
{
	if (geteuid() != 0)
		skip();
	examine("version = 1;\npolicies = {\n"
		"a = { namespaces = [ \"mount\" ]; on_error = \"allow\"; };\n"
		"b = { namespaces = [ \"mount\", \"time\" ]; on_error = { time = \"allow\"; }; }; "
		"};\n"
		"rules = ( { user = \"root\"; policy = \"a\"; on_error = \"allow\"; },\n"
		"{ uid = \"7\"; policy = \"b\"; audit = true; } );\n");
	expect_text(o.out, ":3: policy 'a' lets people in without isolation when it fails "
			   "[policy-allows]\n         -> on_error = \"deny\";\n");
	expect_text(o.out, ":4: policy 'b' lets people in without these namespaces when the kernel "
			   "refuses them: time [policy-optional]\n");
	expect_text(o.out, ":5: this rule lets people in without isolation when it fails "
			   "[policy-allows]\n");
	expect_text(o.out, ":6: this rule is on trial (audit = true) and isolates nobody "
			   "[rule-trial]\n");
}

TEST(test_all_rules_on_trial_are_reported_once)
{
	if (geteuid() != 0)
		skip();
	examine("version = 1;\naudit = true;\npolicies = { a = { namespaces = [ \"mount\" ]; }; "
		"};\n"
		"rules = ( { user = \"root\"; policy = \"a\"; }, { uid = \"7\"; policy = \"a\"; } "
		");\n");
	assert_null(strstr(o.out, "rule-trial"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_a_policy_that_is_well),
		MACHINE_TEST(test_a_policy_that_cannot_be_used),
		MACHINE_TEST(test_no_rules),
		MACHINE_TEST(test_exceptions_that_let_people_in),
		MACHINE_TEST(test_all_rules_on_trial_are_reported_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
