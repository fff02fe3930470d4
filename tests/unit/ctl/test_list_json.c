/* SPDX-License-Identifier: MIT */
/* The answer of "list --json": which values are numbers, texts or null */
#include "policy/kept.h"
#include "tests/unit/ctl/rows.h"

static struct output o;

static void print(const struct in_force *in_force, uint64_t fingerprint)
{
	output_begin(&o);
	assert_int_equal(list_print_json(rows, 2, in_force, fingerprint), CTL_OK);
	output_end(&o);
	assert_string_equal(o.err, "");
}

TEST(test_a_set_with_everything)
{
	rows_make();
	print(NULL, 0);
	expect_json(&o, "version", "1");
	expect_json(&o, "policy", "null");
	expect_json(&o, "sets.0.set", "7");
	expect_json(&o, "sets.0.user", "\"alice\"");
	expect_json(&o, "sets.0.namespaces", "{\"mnt\":4026532001,\"net\":4026532002}");
	expect_json(&o, "sets.0.kinds", "[\"mount\",\"net\"]");
	expect_json(&o, "sets.0.sessions.0",
		    "{\"pid\":99,\"uid\":2001,\"service\":\"sshd\",\"tty\":\"pts/1\",\"since\":"
		    "86400}");
	expect_json(&o, "sets.0.directories.0",
		    "{\"path\":\"/tmp\",\"method\":\"tmpfs\",\"used\":4096,\"size\":1048576,"
		    "\"files\":3,\"files_max\":50,\"partial\":false}");
	expect_json(&o, "sets.0.directories.1",
		    "{\"path\":\"/var/tmp\",\"method\":\"disk\",\"used\":2048,\"size\":null,"
		    "\"files\":0,\"files_max\":null,\"partial\":true}");
	expect_json(&o, "sets.0.network",
		    "{\"mode\":\"nat\",\"addresses\":[\"10.1.0.2/24\",\"fd00::2/64\"],\"bridge\":"
		    "\"\",\"parent\":\"\",\"name\":\"\"}");
	expect_json(&o, "sets.0.limits",
		    "{\"tasks\":5,\"memory\":1048576,\"tasks_max\":100,\"memory_max\":2097152,"
		    "\"cpu\":50}");
	expect_json(&o, "sets.0.job", "\"slurm-5\"");
	expect_json(&o, "sets.0.stale", "true");
	expect_json(&o, "sets.0.anchor", "77");
	expect_json(&o, "sets.0.view", "{\"lost\":false,\"note\":\"/tmp was mounted anew\"}");
}

TEST(test_what_a_set_has_not_is_null)
{
	rows_make();
	print(NULL, 0);
	expect_json(&o, "sets.1.job", "null");
	expect_json(&o, "sets.1.limits", "null");
	expect_json(&o, "sets.1.holder", "null");
	expect_json(&o, "sets.1.anchor", "null");
	expect_json(&o, "sets.1.view", "{\"lost\":false,\"note\":null}");
	expect_json(&o, "sets.1.sessions", "[]");
	rows_views[1].rec.end.holder = 4711;
	print(NULL, 0);
	expect_json(&o, "sets.1.holder", "4711");
}

TEST(test_an_ordinary_user_is_told_nothing_that_is_not_known)
{
	rows_make();
	rows_views[1].is_own = true;
	print(NULL, 0);
	expect_json(&o, "sets.1.processes", "0");
	expect_json(&o, "sets.1.state", "nothing");
	expect_json(&o, "sets.1.anchor", "nothing");
}

TEST(test_the_policy_in_force)
{
	const struct in_force now = {
		.state = IN_FORCE_LAST_GOOD, .since = 5, .config = "/etc/x.conf"};

	rows_make();
	print(&now, 0xab);
	expect_json(&o, "policy",
		    "{\"state\":\"last-good\",\"since\":5,\"config\":\"/etc/"
		    "x.conf\",\"fingerprint\":\"00000000000000ab\"}");
	print(&now, 0);
	expect_json(&o, "policy.fingerprint", "null");
}

TEST(test_a_name_that_is_not_utf8_is_escaped)
{
	rows_make();
	text_fmt(rows_views[0].rec.user, RECORD_NAME, "al\xff");
	print(NULL, 0);
	expect_json(&o, "sets.0.user", "\"al\\\\xff\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_set_with_everything),
		cmocka_unit_test(test_what_a_set_has_not_is_null),
		cmocka_unit_test(test_an_ordinary_user_is_told_nothing_that_is_not_known),
		cmocka_unit_test(test_the_policy_in_force),
		cmocka_unit_test(test_a_name_that_is_not_utf8_is_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
