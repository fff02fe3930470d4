/* SPDX-License-Identifier: MIT */
/* The image of a policy: its digest, and how long many rules take */
#include <time.h>

#include "policy/match.h"
#include "tests/unit/policy/load_fixture.h"

static uint64_t digest_of(struct fixture *f, const char *body)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
		       "version = 1;\npolicies = {\n p = { namespaces = [ \"mount\", \"uts\" ]; %s "
		       "};\n};\n",
		       body);
	write_file(f, "etc/nsisolate.conf", text);
	assert_int_equal(load(f, POL_LOAD_UNTRUSTED), 0);
	return policy_get(f->image, 0)->digest;
}

TEST(test_digest_changes_with_what_a_session_can_notice)
{
	static const char *const noticed[] = {
		"hostname = \"x\";",
		"domainname = \"x\";",
		"scope = \"session\";",
		"directories = ( { path = \"/tmp\"; method = \"tmpfs\"; } );",
		"directories = ( { path = \"/tmp\"; method = \"disk\"; } );",
		"directories = ( { path = \"/tmp\"; method = \"disk\"; retain = \"session\"; } );",
		"directories = ( { path = \"/var/tmp\"; method = \"disk\"; } );",
		"directories = ( { path = \"/tmp\"; method = \"tmpfs\"; size = \"1M\"; } );",
		"directories = ( { path = \"/tmp\"; method = \"tmpfs\"; size = \"1%\"; } );",
		"directories = ( { path = \"/tmp\"; method = \"tmpfs\"; inodes = \"1\"; } );",
		"directories = ( { path = \"/tmp\"; method = \"tmpfs\"; mode = \"0700\"; } );",
		"directories = ( { path = \"/tmp\"; method = \"tmpfs\"; options = [ \"ro\" ]; } );",
		"directories = ( { path = \"/tmp\"; method = \"tmpfs\"; keep = [ \"x\" ]; } );",
		"directories = ( { path = \"/tmp\"; method = \"tmpfs\"; import = [ \"x\" ]; } );",
	};
	static const char *const unnoticed[] = {
		"linger = \"5m\";",          "kill_grace = \"1s\";",  "max_sessions = \"5\";",
		"on_change = \"join\";",     "on_error = \"allow\";", "\n\n",
		"on_last_close = \"kill\";",
	};
	uint64_t plain = digest_of(*state, ""), seen[sizeof(noticed) / sizeof(noticed[0])];

	for (size_t i = 0; i < sizeof(noticed) / sizeof(noticed[0]); i++) {
		seen[i] = digest_of(*state, noticed[i]);
		assert_true(seen[i] != plain);
		for (size_t j = 0; j < i; j++)
			assert_true(seen[i] != seen[j]);
	}
	for (size_t i = 0; i < sizeof(unnoticed) / sizeof(unnoticed[0]); i++)
		assert_true(digest_of(*state, unnoticed[i]) == plain);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The bounds are far above what is measured (65 ms, 0.2 ms), for machines that are slow or busy. */
TEST(test_ten_thousand_rules_are_quick)
{
	static char text[2 << 20];
	struct pol_login login = {.user = {.name = "nobody", .uid = 65534}, .service = "sshd"};
	struct fixture *f = *state;
	const struct pol_rule *rule;
	size_t used = (size_t)sprintf(text, "version = 1;\n" POLICY("p") "rules = (\n");
	double start;

	for (int i = 0; i < 10000; i++)
		used += (size_t)sprintf(text + used,
					"%s{ user = [ \"user%d\", \"u%d\" ]; service = \"sshd\"; "
					"policy = \"p\"; }\n",
					i ? "," : "", i, i);
	(void)sprintf(text + used, ");\n");
	write_file(f, "etc/nsisolate.conf", text);
	start = now();
	assert_int_equal(load(f, POL_LOAD_UNTRUSTED), 0);
	assert_true(now() - start < 2);
	start = now();
	assert_int_equal(policy_match(f->image, &login, &rule), POL_NO_MATCH);
	assert_true(now() - start < 0.1);
	login.user.name = "u9999";
	assert_int_equal(policy_match(f->image, &login, &rule), 0);
	assert_int_equal(rule->where.line, 10003);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_digest_changes_with_what_a_session_can_notice),
		EACH(test_ten_thousand_rules_are_quick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
