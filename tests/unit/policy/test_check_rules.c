/* SPDX-License-Identifier: MIT */
/* Rules: their outcome, their policy, and those that no login reaches */
#include "tests/unit/policy/said.h"

TEST(test_a_rule_has_one_outcome)
{
	static const struct said rows[] = {
		{IN_RULES("{ user = \"a\"; policy = \"lab\"; }"), ""},
		{IN_RULES("{ user = \"a\"; action = \"skip\"; }"), ""},
		{IN_RULES("{ user = \"a\"; }"), "3: error: a rule needs either 'policy' or "
						"'action', and this one has neither"},
		{IN_RULES("{ policy = \"lab\"; action = \"skip\"; }"),
		 "3: error: a rule needs either 'policy' or 'action', and this one has both"},
		{IN_RULES("\"lab\""),
		 "3: error: a rule must be a group: { user = \"...\"; policy = \"...\"; }"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

TEST(test_its_policy_is_there)
{
	static const struct said rows[] = {
		{IN_RULES("{ policy = \"labb\"; }"),
		 "3: error: unknown policy 'labb' (did you mean 'lab'?)"},
		{IN_RULES("{ policy = \"Lab\"; }"),
		 "3: error: unknown policy 'Lab' (did you mean 'lab'?)"},
		{IN_RULES("{ policy = \"zork\"; }"), "3: error: unknown policy 'zork'"},
		{"version = 1;\nrules = ( { policy = \"lab\"; } );\n",
		 "2: error: unknown policy 'lab'"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

TEST(test_a_rule_that_no_login_reaches)
{
	static const char never[] =
		"4: warning: this rule is never reached: the one at f:3 matches every login";
	static const struct said rows[] = {
		{IN_RULES(
			 "{ policy = \"lab\"; },\n{ user = \"a\"; policy = \"lab\"; },\n{ policy = "
			 "\"lab\"; }"),
		 never}, /* said once */
		{IN_RULES("{ user = [ \"a\", \"*\" ]; uid = \"0-\"; policy = \"lab\"; },\n{ policy "
			  "= "
			  "\"lab\"; }"),
		 never},
		{IN_RULES(
			 "{ user = [ \"!a\", \"*\" ]; policy = \"lab\"; },\n{ policy = \"lab\"; }"),
		 ""},
		{IN_RULES("{ uid = \"1-\"; policy = \"lab\"; },\n{ policy = \"lab\"; }"), ""},
		{"version = 1;\npolicies = { lab = { namespaces = [ \"ipc\" ]; scope = \"job\"; "
		 "job "
		 "= \"slurm\"; }; };\nrules = ( { policy = \"lab\"; },\n{ action = \"skip\"; } "
		 ");\n",
		 ""}, /* a login that is in no job goes on to the next rule */
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

TEST(test_a_way_to_the_host_is_for_somebody)
{
	static const struct said rows[] = {
		{IN_RULES("{ from_user = \"a\"; action = \"host\"; }"), ""},
		{IN_RULES("{ from_group = \"7\"; action = \"host\"; }"), ""},
		{IN_RULES("{ user = \"a\"; action = \"host\"; }"),
		 "3: warning: action \"host\" without 'from_user' or 'from_group' leads anybody "
		 "who "
		 "can become that user back to the host"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

#define COUNTED                                                                                  \
	"version = 1;\npolicies = { lab = { namespaces = [ \"ipc\" ]; max_sessions = \"5\"; }; " \
	"};\n"                                                                                   \
	"rules = ( "

TEST(test_counts_of_sessions_that_are_not_counted)
{
	static const struct said rows[] = {
		{COUNTED "{ service = \"sshd\"; policy = \"lab\"; } );", ""},
		{COUNTED "{ service = [ \"sshd\", \"systemd-user\" ]; policy = \"lab\"; } );", ""},
		{COUNTED "{ policy = \"lab\"; } );", ""},
		{COUNTED "{ service = \"systemd-user\"; policy = \"lab\"; } );",
		 "3: warning: 'max_sessions' of policy 'lab' has no effect here: sessions of the "
		 "service systemd-user are part of a login and are not counted"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

TEST(test_a_policy_that_is_only_tried_out)
{
	expect_said("version = 1;\naudit = true;\n",
		    "2: warning: 'audit' at the top level: the log says what each login would get, "
		    "and no login is isolated");
	expect_said("version = 1;\naudit = false;\n", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_rule_has_one_outcome),
		cmocka_unit_test(test_its_policy_is_there),
		cmocka_unit_test(test_a_rule_that_no_login_reaches),
		cmocka_unit_test(test_a_way_to_the_host_is_for_somebody),
		cmocka_unit_test(test_counts_of_sessions_that_are_not_counted),
		cmocka_unit_test(test_a_policy_that_is_only_tried_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
