/* SPDX-License-Identifier: MIT */
/* The entry points: arguments, halves of a session, a stack that has the module twice */
#include <security/pam_modules.h>

#include "pam_nsisolate/session_data.h"
#include "tests/unit/pam_nsisolate/standin.h"
#include "tests/unit/scratch.h"

static struct scratch run;
static char rundir[80];
static struct workdir origin; /* large */

static int begin(void **state)
{
	(void)state;
	if (scratch_make(&run) < 0)
		return -1;
	(void)snprintf(rundir, sizeof(rundir), "rundir=%s", run.top);
	return 0;
}

static int end(void **state)
{
	(void)state;
	scratch_done(&run);
	return 0;
}

/* Opens with the arguments of a line, of which the first is the directory without a helper. */
static int open_with(pam_handle_t *pamh, const char *one, const char *two)
{
	const char *argv[] = {rundir, one, two};

	return pam_sm_open_session(pamh, 0, 1 + (one != NULL) + (two != NULL), argv);
}

static int close_with(pam_handle_t *pamh, const char *one)
{
	const char *argv[] = {rundir, one};

	return pam_sm_close_session(pamh, 0, 1 + (one != NULL), argv);
}

static void put_session(pam_handle_t *pamh)
{
	const struct nsi_open message = {.user = "alice", .uid = 2001};
	const struct nsi_reply reply = {.set = 7, .session = 9, .policy = "lab"};

	assert_int_equal(session_put(pamh, &message, &reply, &origin), PAM_SUCCESS);
}

TEST(test_a_mistake_refuses_all_but_root)
{
	static const char *const wrong[][2] = {{"bogus", NULL},
					       {"on_error=perhaps", NULL},
					       {"debug", "debug"},
					       {"timeout=0", NULL}};

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		pam_handle_t pamh = standin_of_alice();

		assert_int_equal(open_with(&pamh, wrong[i][0], wrong[i][1]), PAM_SERVICE_ERR);
		expect_logged(&pamh, "refused user=alice uid=2001 service=rig: ");
		assert_null(session_get(&pamh));
		pamh = standin_of_alice();
		pamh.account.pw_uid = 0;
		assert_int_equal(open_with(&pamh, wrong[i][0], wrong[i][1]), PAM_SUCCESS);
		expect_logged(&pamh, "root stays where it is: ");
	}
}

TEST(test_a_line_that_is_for_the_close_alone)
{
	pam_handle_t pamh = standin_of_alice();

	assert_int_equal(open_with(&pamh, "close", NULL), PAM_SUCCESS);
	assert_null(session_get(&pamh));
	assert_string_equal(pamh.log, "");
}

/* The session ends with the close that belongs to the first open. */
TEST(test_a_stack_that_has_the_module_twice)
{
	pam_handle_t pamh = standin_of_alice();

	put_session(&pamh);
	assert_int_equal(open_with(&pamh, NULL, NULL), PAM_SUCCESS);
	assert_int_equal(session_get(&pamh)->depth, 2);
	assert_int_equal(close_with(&pamh, NULL), PAM_SUCCESS);
	assert_int_equal(session_get(&pamh)->depth, 1);
	assert_string_equal(pamh.log, "");
	assert_int_equal(close_with(&pamh, NULL), PAM_SUCCESS);
	assert_null(session_get(&pamh));
}

/* The end of the process says as much to the next helper. */
TEST(test_a_close_without_a_helper)
{
	pam_handle_t pamh = standin_of_alice();

	put_session(&pamh);
	assert_int_equal(close_with(&pamh, NULL), PAM_SUCCESS);
	assert_null(session_get(&pamh));
	assert_string_equal(pamh.log, geteuid() == 0 ? "closed, but not back in the namespaces it "
						       "came from: no helper is running\n"
						     : "");
}

TEST(test_a_close_that_has_nothing_to_do)
{
	pam_handle_t pamh = standin_of_alice();

	assert_int_equal(close_with(&pamh, NULL), PAM_SUCCESS); /* there was no open */
	put_session(&pamh);
	assert_int_equal(close_with(&pamh, "open"), PAM_SUCCESS);
	assert_int_equal(session_get(&pamh)->depth, 1);
	assert_string_equal(pamh.log, "");
	standin_done(&pamh);
}

/* Open has logged the mistake. */
TEST(test_a_close_with_a_mistake_closes)
{
	pam_handle_t pamh = standin_of_alice();

	put_session(&pamh);
	assert_int_equal(close_with(&pamh, "bogus"), PAM_SUCCESS);
	assert_null(session_get(&pamh));
	assert_null(strstr(pamh.log, "bogus"));
}

TEST(test_what_debug_says)
{
	pam_handle_t pamh = standin_of_alice();

	pamh.user = NULL;
	assert_int_equal(open_with(&pamh, "debug", NULL), PAM_USER_UNKNOWN);
	expect_logged(&pamh, "PAM has no user for this session");
	expect_logged(&pamh, "open_session returns 10"); /* PAM_USER_UNKNOWN */
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_mistake_refuses_all_but_root),
		CASE(test_a_line_that_is_for_the_close_alone),
		CASE(test_a_stack_that_has_the_module_twice),
		CASE(test_a_close_without_a_helper),
		CASE(test_a_close_that_has_nothing_to_do),
		CASE(test_a_close_with_a_mistake_closes),
		CASE(test_what_debug_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
