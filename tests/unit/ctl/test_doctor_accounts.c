/* SPDX-License-Identifier: MIT */
/* Accounts that no rule catches, as "doctor" finds them in the user database of a made-up system */
#include <stdlib.h>

#include "ctl/doctor.h"
#include "tests/unit/ctl/root.h"
#include "tests/unit/image.h"

static struct pol_image *image;

static int examine(void)
{
	static char *names[] = {(char *)(uintptr_t) "login", (char *)(uintptr_t) "passwd",
				(char *)(uintptr_t) "sshd"};
	const struct pamd_names services = {names, 3};
	const struct ctl ctl = {0};
	struct doctor d = {.ctl = &ctl, .out = stdout};

	doctor_accounts(&d, image, &services);
	return 0;
}

static const char *findings(const char *rules)
{
	char text[1000];

	(void)snprintf(text, sizeof(text),
		       "version = 1;\npolicies = { lab = { namespaces = [ \"mount\" ]; }; };\n"
		       "rules = ( %s );\n",
		       rules);
	image = image_of_text(text);
	assert_int_equal(root_call(examine), 0);
	free(image);
	return root_o.out;
}

static void make_accounts(unsigned count)
{
	char text[2000] = "root:x:0:0::/root:/bin/sh\ndaemon:x:1:1::/:/usr/sbin/nologin\n"
			  "nobody:x:65534:65534::/:/bin/sh\nbot:x:1500:1::/:/bin/false\n";

	for (unsigned i = 0; i < count; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
			       "user%u:x:%u:100::/home:/bin/sh\n", i, 1000 + i);
	root_write("etc/passwd", text);
	root_write("etc/group", "root:x:0:\n");
	root_write("etc/nsswitch.conf", "passwd: files\ngroup: files\n");
}

TEST(test_people_without_a_rule)
{
	if (geteuid() != 0)
		skip();
	make_accounts(2);
	assert_string_equal(findings("{ uid = \"1000-\"; policy = \"lab\"; }"), "");
	assert_string_equal(findings(""), ""); /* without rules, that is what is reported */
	assert_string_equal(
		findings("{ user = \"user0\"; policy = \"lab\"; }"),
		"note     accounts: 1 of people that no rule catches, so they are on the "
		"host: user1 [account-on-host]\n"
		"         -> a rule for them, if they are not meant to be\n");
	/* A user whom a rule catches by some service is not left out. */
	assert_string_equal(findings("{ uid = \"1000-\"; service = \"sshd\"; policy = \"lab\"; }"),
			    "");
}

TEST(test_a_rule_for_everybody_that_has_an_end)
{
	if (geteuid() != 0)
		skip();
	make_accounts(3);
	expect_text(findings("{ uid = \"1000-1001\"; policy = \"lab\"; }"),
		    "warning  accounts: 1 of people that no rule catches, so they are on the host: "
		    "user2 [account-left-out]\n");
	expect_text(root_o.out, "-> a rule without an upper end, such as uid = [ \"1000-\"");
}

TEST(test_more_than_a_line_has_room_for)
{
	if (geteuid() != 0)
		skip();
	make_accounts(12);
	expect_text(
		findings("{ user = \"root\"; policy = \"lab\"; }"),
		"accounts: 12 of people that no rule catches, so they are on the host: user0, ");
	expect_text(root_o.out, "user7, ... [");
	assert_null(strstr(root_o.out, "user8"));
}

TEST(test_the_first_uid_of_people_is_that_of_login_defs)
{
	if (geteuid() != 0)
		skip();
	make_accounts(2);
	root_write("etc/login.defs", "# UID_MIN 5\nUID_MIN\t\t 1001\n");
	expect_text(findings("{ user = \"root\"; policy = \"lab\"; }"), "host: user1 [");
	root_write("etc/login.defs", "UID_MIN many\n");
	expect_text(findings("{ user = \"root\"; policy = \"lab\"; }"), "host: user0, user1 [");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOT_TEST(test_people_without_a_rule),
		ROOT_TEST(test_a_rule_for_everybody_that_has_an_end),
		ROOT_TEST(test_more_than_a_line_has_room_for),
		ROOT_TEST(test_the_first_uid_of_people_is_that_of_login_defs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
