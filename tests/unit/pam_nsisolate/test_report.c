/* SPDX-License-Identifier: MIT */
/* Messages: one line of the log each, and for the user no more than they should know */
#include "pam_nsisolate/report.h"

#include "base/clock.h"
#include "base/fail.h"
#include "login/place.h"
#include "tests/unit/pam_nsisolate/standin.h"
#include "wire/wire.h"

/* A login whose names could break a line. */
static struct nsi_open odd_login(void)
{
	return (struct nsi_open){.user = "a\nb c", .service = "s\"\xc3\xa4", .uid = 2001};
}

static void expect_log(pam_handle_t *pamh, const char *want)
{
	assert_string_equal(pamh->log, want);
	pamh->log[0] = '\0';
}

TEST(test_names_are_escaped)
{
	const struct nsi_open open = odd_login();
	const struct nsi_fail why = {"so it is"};
	pam_handle_t pamh = standin_of_alice();

	report_editor(&pamh, &open, 1000);
	expect_log(&pamh, "not isolated user=a\\x0ab\\x20c uid=2001 service=s\\x22\\xc3\\xa4: "
			  "sudoedit runs the editor as uid 1000, in the namespaces where it was "
			  "called\n");
	report_root(&pamh, &open, &why);
	expect_log(&pamh, "not isolated user=a\\x0ab\\x20c uid=2001 service=s\\x22\\xc3\\xa4: root "
			  "stays where it is: so it is\n");
	report_off(&pamh, &open, &why, "it is off");
	expect_log(&pamh,
		   "not isolated user=a\\x0ab\\x20c uid=2001 service=s\\x22\\xc3\\xa4: it is "
		   "off, and so it is\n");
	report_refused(&pamh, 0, &open, false, &why);
	expect_log(&pamh,
		   "refused user=a\\x0ab\\x20c uid=2001 service=s\\x22\\xc3\\xa4: so it is\n");
	report_closed(&pamh, "a\n", 2001, 7);
	expect_log(&pamh, "closed user=a\\x0a uid=2001 set=7\n");
}

/* Each of the four bytes that a byte becomes has room. */
TEST(test_the_longest_names)
{
	struct nsi_open open = {.uid = 2001};
	const struct nsi_fail why = {"so it is"};
	pam_handle_t pamh = standin_of_alice();

	memset(open.user, '\xff', sizeof(open.user) - 1);
	memset(open.service, '\xff', sizeof(open.service) - 1);
	report_root(&pamh, &open, &why);
	expect_logged(&pamh, "not isolated user=\\xff\\xff");
	expect_logged(&pamh, "\\xff uid=2001 service=\\xff");
	expect_logged(&pamh, "\\xff: root stays where it is: so it is\n");
}

TEST(test_sessions_that_are_not_isolated)
{
	struct nsi_open open = {.user = "alice", .service = "rig", .uid = 2001};
	struct nsi_reply reply = {.text = "so it is"};
	pam_handle_t pamh = standin_of_alice();

	report_skipped(&pamh, &open, &reply);
	expect_log(&pamh, "not isolated user=alice uid=2001 service=rig: so it is\n");
	(void)snprintf(reply.rule, sizeof(reply.rule), "/etc/conf:1");
	report_skipped(&pamh, &open, &reply);
	expect_log(&pamh,
		   "not isolated user=alice uid=2001 service=rig rule=/etc/conf:1: so it is\n");
	reply.set = 7;
	report_skipped(&pamh, &open, &reply);
	expect_log(&pamh, "not moved user=alice uid=2001 service=rig rule=/etc/conf:1: so it is\n");
}

TEST(test_sessions_that_are_opened)
{
	struct nsi_open open = {.user = "alice", .service = "rig", .uid = 2001};
	struct nsi_reply reply = {.set = 7, .policy = "lab", .rule = "/etc/conf:1"};
	pam_handle_t pamh = standin_of_alice();

	report_opened(&pamh, &open, &reply, clock_now_us());
	expect_logged(&pamh,
		      "opened user=alice uid=2001 service=rig rule=/etc/conf:1 policy=lab set=7");
	reply.set = 0; /* the host's namespaces have no policy, and no remark */
	(void)snprintf(reply.text, sizeof(reply.text), "a remark");
	pamh.log[0] = '\0';
	report_opened(&pamh, &open, &reply, clock_now_us());
	expect_logged(&pamh, "rule=/etc/conf:1 action=host");
	assert_null(strstr(pamh.log, "lab"));
	assert_null(strstr(pamh.log, "remark"));
}

/* The user is told a decision of the policy, but nothing of the system's insides. */
TEST(test_users_are_told)
{
	const struct nsi_open open = {.user = "alice", .service = "rig", .uid = 2001};
	const struct nsi_fail why = {"a\033[2Jb\x7f"};
	pam_handle_t pamh = standin_of_alice();

	report_refused(&pamh, 0, &open, true, &why);
	assert_string_equal(pamh.said, ""); /* without a conversation */
	pamh.items[PAM_CONV] = "a conversation";
	report_refused(&pamh, PAM_SILENT, &open, true, &why);
	assert_string_equal(pamh.said, "");
	report_refused(&pamh, 0, &open, true, &why);
	assert_string_equal(pamh.said, "Your session was refused: a?[2Jb?.");
	report_refused(&pamh, 0, &open, false, &why);
	assert_string_equal(pamh.said, "Your session could not be isolated and was refused; the "
				       "system log says why.");
	pamh.item_codes[PAM_CONV] = PAM_BAD_ITEM;
	pamh.said[0] = '\0';
	report_refused(&pamh, 0, &open, true, &why);
	assert_string_equal(pamh.said, "");
}

TEST(test_the_longest_reason)
{
	const struct nsi_open open = {.user = "alice", .service = "rig", .uid = 2001};
	struct nsi_fail why;
	pam_handle_t pamh = standin_of_alice();
	char want[sizeof(why.what) + 64];

	memset(why.what, 'a', sizeof(why.what));
	why.what[sizeof(why.what) - 1] = '\0';
	pamh.items[PAM_CONV] = "a conversation";
	report_refused(&pamh, 0, &open, true, &why);
	(void)snprintf(want, sizeof(want), "Your session was refused: %s.", why.what);
	assert_string_equal(pamh.said, want);
}

TEST(test_working_directories)
{
	static struct place place;
	pam_handle_t pamh = standin_of_alice();

	pamh.items[PAM_CONV] = "a conversation";
	(void)snprintf(place.dir.path, sizeof(place.dir.path), "/srv/a b");
	place.went = WORKDIR_SAME;
	report_workdir(&pamh, 0, &place);
	place.went = WORKDIR_KEPT;
	report_workdir(&pamh, 0, &place);
	expect_log(&pamh, "");
	place.went = WORKDIR_PRIVATE;
	report_workdir(&pamh, 0, &place);
	expect_log(&pamh, "the working directory is the private /srv/a\\x20b\n");
	assert_string_equal(pamh.said, "");
	place.went = WORKDIR_EMPTY;
	report_workdir(&pamh, 0, &place);
	expect_log(&pamh, "the working directory /srv/a\\x20b is not there in the namespaces that "
			  "were entered: the program stands in an empty one\n");
	assert_string_equal(pamh.said, "The directory you are in is not there in the new session; "
				       "it begins in an empty one.");
	place.dir.path[0] = '\0';
	report_workdir(&pamh, PAM_SILENT, &place);
	expect_logged(&pamh, "the working directory (without\\x20a\\x20path) is not there");
	pamh.log[0] = '\0';
	(void)snprintf(place.dir.path, sizeof(place.dir.path), "/");
	place.went = WORKDIR_PRIVATE;
	report_workdir(&pamh, 0, &place);
	expect_log(&pamh, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_escaped),
		cmocka_unit_test(test_the_longest_names),
		cmocka_unit_test(test_sessions_that_are_not_isolated),
		cmocka_unit_test(test_sessions_that_are_opened),
		cmocka_unit_test(test_users_are_told),
		cmocka_unit_test(test_the_longest_reason),
		cmocka_unit_test(test_working_directories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
