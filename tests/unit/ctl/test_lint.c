/* SPDX-License-Identifier: MIT */
/* Rules that are valid and cannot work as they were meant: services, users, order, doors */
#include "ctl/lint.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "ctl/pamd.h"
#include "tests/unit/ctl/output.h"
#include "tests/unit/image.h"

static char *service_names[] = {(char *)(uintptr_t) "login", (char *)(uintptr_t) "sshd",
				(char *)(uintptr_t) "strange", (char *)(uintptr_t) "su"};
static const struct pamd_names services = {service_names, 4};
static char found[4000];

static void note(void *arg, const struct lint *lint)
{
	size_t used = strlen(found);

	(void)arg;
	(void)snprintf(found + used, sizeof(found) - used, "%u %s: %s -> %s\n", lint->line,
		       finding_rows[lint->finding].id, lint->text, lint->remedy);
}

/* The findings about @rules, which begin in line 3. */
static const char *lint(const char *rules)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	char text[3000];

	(void)snprintf(text, sizeof(text),
		       "version = 1;\npolicies = { lab = { namespaces = [ \"mount\" ]; }; };\n%s",
		       rules);
	image = image_of_text(text);
	found[0] = '\0';
	lint_rules(image, &services, note, NULL);
	return found;
}

TEST(test_rules_that_are_well)
{
	assert_string_equal(lint("rules = ( { user = \"root\"; policy = \"lab\"; } );"), "");
	assert_string_equal(lint("rules = ( { uid = \"1000-\"; policy = \"lab\"; } );"), "");
	assert_string_equal(lint("rules = ( { service = \"strange\"; action = \"skip\"; } );"), "");
}

TEST(test_services_that_are_not_there)
{
	expect_text(lint("rules = ( { service = \"sshdd\"; action = \"skip\"; } );"),
		    "3 rule-service-unknown: there is no PAM service 'sshdd' (did you mean "
		    "'sshd'?) -> ls /etc/pam.d /usr/lib/pam.d\n");
	expect_text(lint("rules = ( { service = \"quite-another\"; action = \"skip\"; } );"),
		    "there is no PAM service 'quite-another' -> ");
	expect_text(
		lint("rules = ( { service = \"passwd\"; action = \"skip\"; } );"),
		"the service 'passwd' opens no sessions, so nothing is matched by it -> take it "
		"out\n");
}

TEST(test_users_that_are_not_there)
{
	expect_text(lint("rules = ( { user = \"no-such-user\"; policy = \"lab\"; } );"),
		    "3 rule-user-unknown: there is no user 'no-such-user', so nobody is matched by "
		    "it -> mend the name, or take it out\n");
	expect_text(lint("rules = ( { user = [ \"*\", \"!no-such-user\" ]; policy = \"lab\"; } );"),
		    "there is no user 'no-such-user', so nobody is left out by it -> ");
	expect_text(lint("rules = ( { from_user = \"no-such-user\"; policy = \"lab\"; } );"),
		    "there is no user 'no-such-user', so nobody is matched by it -> ");
}

TEST(test_a_rule_that_is_never_reached)
{
	expect_text(lint("rules = (\n{ uid = \"1-\"; policy = \"lab\"; },\n"
			 "{ uid = \"2000\"; action = \"skip\"; } );"),
		    "5 rule-unreached: this rule is never reached: the one at ");
	expect_text(found, "test.conf:4 matches all whom it is for -> write it before line 4 of ");
	/* By another service it is reached. */
	assert_string_equal(
		lint("rules = (\n{ uid = \"1-\"; service = [ \"sshd\", \"login\", \"su\" ]; "
		     "action = \"skip\"; },\n{ uid = \"2000\"; service = \"*\"; "
		     "action = \"skip\"; } );") +
			strlen(found),
		"");
	assert_null(
		strstr(lint("rules = (\n{ uid = \"1-\"; service = \"sshd\"; action = \"skip\"; },\n"
			    "{ uid = \"2000\"; action = \"skip\"; } );"),
		       "rule-unreached"));
	assert_null(strstr(lint("rules = (\n{ uid = \"3000-\"; policy = \"lab\"; },\n"
				"{ uid = \"2000\"; action = \"skip\"; } );"),
			   "rule-unreached"));
}

TEST(test_services_by_which_isolated_users_get_in_on_the_host)
{
	expect_text(
		lint("rules = ( { uid = \"1000-\"; service = \"sshd\"; policy = \"lab\"; } );"),
		"3 service-left-out: whom this rule isolates gets in by no rule, and on the host, "
		"by: login, su -> leave 'service' out of the rule, or name them\n");
	assert_string_equal(
		lint("rules = ( { uid = \"1000-\"; service = \"sshd\"; policy = \"lab\"; },\n"
		     "{ uid = \"1000-\"; action = \"skip\"; } );"),
		"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_that_are_well),
		cmocka_unit_test(test_services_that_are_not_there),
		cmocka_unit_test(test_users_that_are_not_there),
		cmocka_unit_test(test_a_rule_that_is_never_reached),
		cmocka_unit_test(test_services_by_which_isolated_users_get_in_on_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
