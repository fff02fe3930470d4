/* SPDX-License-Identifier: MIT */
/* The steps of an opening up to its policy, each alone: what it decides, what it says, and when it is on the way */
#include "login/off.h"
#include "tests/unit/serve/open_step.h"

TEST(test_each_step_has_a_name)
{
	for (int a = 0; a < OPEN_STEPS; a++) {
		assert_non_null(open_step_name(a));
		for (int b = 0; b < a; b++)
			assert_string_not_equal(open_step_name(a), open_step_name(b));
	}
}

TEST(test_off_lets_everybody_through)
{
	passes(OPEN_OFF);
	x.sets.host.off_by_kernel = true;
	assert_int_equal(open_step_run(&x.o, OPEN_OFF), OPEN_ANSWERED);
	answer_is(NSI_SKIP, OFF_WORD);
	assert_true(LIST_EMPTY(&x.server.calls));
}

TEST(test_a_module_of_another_configuration_is_refused)
{
	passes(OPEN_INSTANCE);
	x.call->open.statedir[0] = 'x';
	refused(OPEN_INSTANCE, EINVAL, "serves statedir=/var/lib/nsi-test");
	x.call->open.config[0] = 'x';
	refused(OPEN_INSTANCE, EINVAL, "serves config=/etc/nsi.conf, not xetc");
	assert_int_equal(x.o.cause, NSI_CAUSE_CONFIG);
}

TEST(test_without_a_policy_nobody_gets_in)
{
	refused(OPEN_RULE, EINVAL, "there is no usable policy");
	assert_int_equal(x.o.cause, NSI_CAUSE_CONFIG);
}

TEST(test_a_rule_leads_to_its_policy)
{
	policy_found("namespaces = [ \"ipc\" ];");
	assert_true(x.o.has_policy);
	assert_false(x.o.is_host);
	assert_int_equal(x.o.policy.types, ns_bit(NS_IPC));
	assert_int_equal(x.o.key.owner, 1000);
	assert_string_equal(x.call->policy, "p");
	assert_non_null(strstr(x.call->rule, "p.conf:3"));
}

TEST(test_a_rule_leads_to_the_host)
{
	policy("namespaces = [ \"ipc\" ];", "{ action = \"host\"; }");
	passes(OPEN_RULE);
	assert_true(x.o.is_host);
	for (enum open_step step = OPEN_LIMITS; step < OPEN_ENTER; step++)
		if (step != OPEN_NESTED && step != OPEN_PROCESS)
			is_not_on_the_way(step);
}

TEST(test_no_rule_is_no_isolation)
{
	policy("namespaces = [ \"ipc\" ];", "{ user = \"b\"; policy = \"p\"; }");
	assert_int_equal(open_step_run(&x.o, OPEN_RULE), OPEN_ANSWERED);
	answer_is(NSI_SKIP, "no rule matches");
}

TEST(test_a_rule_that_says_skip_is_followed)
{
	policy("namespaces = [ \"ipc\" ];", "{ action = \"skip\"; }");
	assert_int_equal(open_step_run(&x.o, OPEN_RULE), OPEN_ANSWERED);
	answer_is(NSI_SKIP, "action = \"skip\"");
}

TEST(test_an_audited_rule_changes_nothing)
{
	policy("namespaces = [ \"ipc\" ];", "{ policy = \"p\"; audit = true; }");
	assert_int_equal(open_step_run(&x.o, OPEN_RULE), OPEN_ANSWERED);
	answer_is(NSI_SKIP, "it would lead to policy p");
}

TEST(test_root_is_isolated_if_the_module_says_so)
{
	policy("namespaces = [ \"ipc\" ];", "{ policy = \"p\"; }");
	x.call->open.uid = 0;
	x.call->open.flags = NSI_ISOLATE_ROOT;
	passes(OPEN_RULE);
	x.call->open.flags = 0;
	assert_int_equal(open_step_run(&x.o, OPEN_RULE), OPEN_ANSWERED);
	answer_is(NSI_SKIP, "isolate_root");
}

TEST(test_a_rule_for_a_group_asks_the_module)
{
	policy("namespaces = [ \"ipc\" ];", "{ group = \"4711\"; policy = \"p\"; }");
	assert_int_equal(open_step_run(&x.o, OPEN_RULE), OPEN_WAIT);
	assert_int_equal(x.call->state, CALL_ACCOUNTS);
	answer_is(NSI_NEED, NULL);
}

TEST(test_a_plain_policy_has_few_steps_on_its_way)
{
	static const enum open_step unwanted[] = {
		OPEN_WITHIN, OPEN_LIMITS, OPEN_GROUPS, OPEN_NESTED, OPEN_CHANGE, OPEN_PLACE,
		OPEN_HELD,   OPEN_VIEW,   OPEN_IMPORT, OPEN_COUNT,  OPEN_MAPS,
	};

	policy_found("namespaces = [ \"ipc\" ]; max_held = \"0\"; max_sessions = \"0\";");
	for (unsigned i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++)
		is_not_on_the_way(unwanted[i]);
}

TEST(test_nobody_leaves_a_user_namespace)
{
	is_not_on_the_way(OPEN_WITHIN);
	x.call->within = 7;
	refused(OPEN_WITHIN, EXDEV, "it comes from within set 7");
	assert_int_equal(x.o.cause, NSI_CAUSE_POLICY);
}

TEST(test_a_user_namespace_needs_the_groups_once)
{
	policy_found("namespaces = [ \"ipc\" ]; user = \"map\";");
	assert_int_equal(open_step_run(&x.o, OPEN_GROUPS), OPEN_WAIT);
	answer_is(NSI_NEED, NULL);
	x.call->user.known = true;
	is_not_on_the_way(OPEN_GROUPS);
}

TEST(test_a_refusal_ends_the_run_with_its_sentence)
{
	x.call->open.config[0] = 'x';
	open_resume(x.call, OPEN_OFF);
	assert_false(LIST_EMPTY(&x.server.calls)); /* it has a turn of its own */
	loop_run_jobs(&x.sets.loop);
	answer_is(NSI_REFUSED, "serves config=");
	assert_true(LIST_EMPTY(&x.server.calls));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_each_step_has_a_name),
		CASE(test_off_lets_everybody_through),
		CASE(test_a_module_of_another_configuration_is_refused),
		CASE(test_without_a_policy_nobody_gets_in),
		CASE(test_a_rule_leads_to_its_policy),
		CASE(test_a_rule_leads_to_the_host),
		CASE(test_no_rule_is_no_isolation),
		CASE(test_a_rule_that_says_skip_is_followed),
		CASE(test_an_audited_rule_changes_nothing),
		CASE(test_root_is_isolated_if_the_module_says_so),
		CASE(test_a_rule_for_a_group_asks_the_module),
		CASE(test_a_plain_policy_has_few_steps_on_its_way),
		CASE(test_nobody_leaves_a_user_namespace),
		CASE(test_a_user_namespace_needs_the_groups_once),
		CASE(test_a_refusal_ends_the_run_with_its_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
