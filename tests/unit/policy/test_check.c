/* SPDX-License-Identifier: MIT */
/* The checks of directories and of whole policies, once all that they inherit is known */
#include "tests/unit/policy/said.h"

#define IN_DIR(keys) IN_POLICY("directories = (\n{ path = \"/tmp\"; " keys " } );")
#define IN_PLAIN(types, keys) \
	"version = 1;\npolicies = {\na = { namespaces = [ " types " ]; " keys " }; };\n"

TEST(test_keys_that_a_method_does_not_have)
{
	static const struct said rows[] = {
		{IN_DIR("method = \"tmpfs\"; size = \"1M\";"), ""},
		{IN_DIR("method = \"disk\"; quota = \"1M\"; files = \"5\";"), ""},
		{IN_DIR("method = \"tmpfs\"; quota = \"1M\";"),
		 "4: error: 'quota' in a directory of policy 'a' needs method \"disk\" (a tmpfs "
		 "has "
		 "'size' and 'inodes')"},
		{IN_DIR("method = \"disk\"; size = \"1M\";"),
		 "4: error: 'size' in a directory of policy 'a' needs method \"tmpfs\""},
		{IN_DIR("method = \"none\"; mode = \"0700\";"),
		 "4: error: method \"none\" in a directory of policy 'a' takes no key but 'path'\n"
		 "4: warning: '/tmp' is not inherited, so it need not be dropped"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

TEST(test_directories_that_overlap)
{
	static const struct said rows[] = {
		{IN_POLICY("directories = ( { path = \"/tmp\"; method = \"tmpfs\"; },\n{ path = "
			   "\"/tmp\"; method = \"disk\"; } );"),
		 "4: error: '/tmp' in policy 'a' overlaps '/tmp' of f:3"},
		{IN_POLICY(
			 "directories = ( { path = \"/var/tmp\"; method = \"tmpfs\"; },\n{ path = "
			 "\"/var/tmp/nsi-none\"; method = \"disk\"; } );"),
		 "4: warning: '/var/tmp/nsi-none' in a directory of policy 'a' does not exist\n"
		 "4: error: '/var/tmp/nsi-none' in policy 'a' overlaps '/var/tmp' of f:3"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

TEST(test_namespaces_of_a_policy)
{
	static const struct said rows[] = {
		{"version = 1;\npolicies = {\na = { }; };\n",
		 "3: error: policy 'a' has no 'namespaces', such as [ \"mount\", \"ipc\" ]"},
		{IN_PLAIN("\"ipc\"", "hostname = \"x\";"),
		 "3: error: policy 'a' has 'hostname', so its 'namespaces' must have \"uts\""},
		{IN_PLAIN("\"pid\"", ""),
		 "3: error: policy 'a' has the namespace \"pid\", so it must have \"mount\", for a "
		 "/proc of its own"},
		{IN_PLAIN("\"uts\"", "hostname = \"---\";"),
		 "3: error: policy 'a' has the hostname \"---\", of which nothing can be in a host "
		 "name"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

TEST(test_scopes)
{
	static const struct said rows[] = {
		{IN_PLAIN("\"ipc\"", "scope = \"job\"; job = \"slurm\";"), ""},
		{IN_PLAIN("\"ipc\"", "scope = \"job\";"),
		 "3: error: policy 'a' has scope \"job\", so it needs 'job', such as \"slurm\""},
		{IN_PLAIN("\"ipc\"", "job = \"slurm\";"),
		 "3: warning: 'job' in policy 'a' has no use: its scope is not \"job\""},
		{IN_PLAIN("\"uts\"", "scope = \"group\"; hostname = \"%{user}\";"),
		 "3: warning: 'hostname' in policy 'a' has %{user} in it: with scope \"group\", "
		 "all "
		 "get that of whoever comes first"},
		{IN_PLAIN("\"uts\"", "hostname = \"x%{job}\";"),
		 "3: warning: 'hostname' in policy 'a' has %{job} in it, which is empty but with "
		 "scope \"job\""},
		{IN_PLAIN("\"ipc\"", "scope = \"session\"; linger = \"1m\";"),
		 "3: warning: 'linger' in policy 'a' has no use: with scope \"session\" there is "
		 "no "
		 "other login to wait for"},
	};

	expect_all_said(rows, SAID_COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_that_a_method_does_not_have),
		cmocka_unit_test(test_directories_that_overlap),
		cmocka_unit_test(test_namespaces_of_a_policy),
		cmocka_unit_test(test_scopes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
