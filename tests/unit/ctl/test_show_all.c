/* SPDX-License-Identifier: MIT */
/* "show --all": every account of a system by every service that opens sessions */
#include "tests/unit/ctl/root.h"

static int show(bool json)
{
	const struct ctl ctl = {.config = "/etc/x.conf",
				.rundir = "/run/x",
				.statedir = "/state",
				.operands = (char *[]){NULL},
				.all = true,
				.json = json};

	return show_verb(&ctl);
}

static int show_text(void)
{
	return show(false);
}

static int show_json(void)
{
	return show(true);
}

static void make_system(void)
{
	root_write("etc/passwd", "root:x:0:0::/root:/bin/sh\n"
				 "alice:x:2001:2001::/home/alice:/bin/sh\n");
	root_write("etc/group", "root:x:0:\nalice:x:2001:\n");
	root_write("etc/nsswitch.conf", "passwd: files\ngroup: files\n");
	root_write("etc/pam.d/sshd", "session required pam_nsisolate.so\n");
	root_write("etc/pam.d/login", "session required pam_nsisolate.so\n");
	root_write("etc/pam.d/su", "session required pam_unix.so\n");
	root_write("etc/pam.d/passwd", "session required pam_nsisolate.so\n");
	root_write("etc/x.conf",
		   "version = 1;\npolicies = { lab = { namespaces = [ \"mount\" ]; }; };\n"
		   "rules = (\n{ service = \"sshd\"; uid = \"0-\"; policy = \"lab\"; },\n"
		   "{ user = \"alice\"; action = \"skip\"; } );\n");
}

TEST(test_services_with_the_same_result_share_a_row)
{
	if (geteuid() != 0)
		skip();
	make_system();
	assert_int_equal(root_call(show_text), CTL_OK);
	assert_string_equal(output_cells(&root_o), "USER UID SERVICES RESULT POLICY RULE\n"
						   "root 0 login none - -\n"
						   "root 0 sshd root lab /etc/x.conf:4\n"
						   "root 0 su no module - -\n"
						   "alice 2001 login skip - /etc/x.conf:5\n"
						   "alice 2001 sshd isolated lab /etc/x.conf:4\n"
						   "alice 2001 su no module - -\n");
	assert_int_equal(root_call(show_json), CTL_OK);
	expect_json(&root_o, "accounts.1.user", "\"alice\"");
	expect_json(&root_o, "accounts.1.logins.1",
		    "{\"services\":[\"sshd\"],\"result\":\"isolated\",\"policy\":\"lab\",\"rule\":{"
		    "\"file\":\"/etc/x.conf\",\"line\":4}}");
	expect_json(&root_o, "accounts.0.logins.0.rule", "null");
}

TEST(test_one_result_for_all_services)
{
	if (geteuid() != 0)
		skip();
	make_system();
	root_write("etc/pam.d/su", "session required pam_nsisolate.so\n");
	root_write("etc/x.conf",
		   "version = 1;\nrules = ( { uid = \"0-\"; action = \"host\"; } );\n");
	assert_int_equal(root_call(show_text), CTL_OK);
	assert_string_equal(output_cells(&root_o), "USER UID SERVICES RESULT POLICY RULE\n"
						   "root 0 all host - /etc/x.conf:2\n"
						   "alice 2001 all host - /etc/x.conf:2\n");
	root_write("etc/x.conf", "version = 1;\naudit = true;\n"
				 "rules = ( { uid = \"0-\"; action = \"host\"; } );\n");
	assert_int_equal(root_call(show_text), CTL_OK);
	expect_text(output_cells(&root_o), "alice 2001 all audit - ");
}

TEST(test_a_system_without_services)
{
	if (geteuid() != 0)
		skip();
	make_system();
	for (const char *const *name = (const char *const[]){"sshd", "login", "su", NULL}; *name;
	     name++) {
		char path[40];

		(void)snprintf(path, sizeof(path), "etc/pam.d/%s", *name);
		assert_int_equal(unlink(scratch_path(&root_s, 0, path)), 0);
	}
	assert_int_equal(root_call(show_text), CTL_REFUSED);
	assert_string_equal(root_o.err, "nsisolate: there is no PAM service that opens sessions\n");
	root_write("etc/x.conf", "frobnicate");
	assert_int_equal(root_call(show_text), CTL_REFUSED);
	expect_text(root_o.err, "/etc/x.conf:");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOT_TEST(test_services_with_the_same_result_share_a_row),
		ROOT_TEST(test_one_result_for_all_services),
		ROOT_TEST(test_a_system_without_services),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
