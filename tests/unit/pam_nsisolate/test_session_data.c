/* SPDX-License-Identifier: MIT */
/* The data in a PAM handle: the session, its environment, and a TMPDIR that is out of sight */
#include "pam_nsisolate/session_data.h"

#include <limits.h>

#include "base/nstype.h"
#include "tests/unit/pam_nsisolate/standin.h"
#include "tests/unit/scratch.h"

static const struct nsi_open message = {.user = "alice", .uid = 2001};
static struct workdir origin; /* large */

TEST(test_a_session_and_its_environment)
{
	const struct nsi_reply reply = {
		.set = UINT64_MAX, .session = 9, .policy = "lab", .types = ns_bit(NS_UTS)};
	pam_handle_t pamh = standin_of_alice();
	char want[256], host[HOST_NAME_MAX + 1];
	const struct pam_session *s;

	assert_null(session_get(&pamh));
	(void)snprintf(origin.path, sizeof(origin.path), "/srv");
	assert_int_equal(session_put(&pamh, &message, &reply, &origin), PAM_SUCCESS);
	s = session_get(&pamh);
	assert_non_null(s);
	assert_true(s->set == UINT64_MAX && s->id == 9);
	assert_int_equal(s->uid, 2001);
	assert_int_equal(s->depth, 1);
	assert_string_equal(s->user, "alice");
	assert_string_equal(s->origin.path, "/srv");
	assert_int_equal(gethostname(host, sizeof(host)), 0);
	(void)snprintf(want, sizeof(want),
		       "NSISOLATE_SET=18446744073709551615 NSISOLATE_POLICY=lab NSISOLATE_HOST=%s ",
		       host);
	assert_string_equal(pamh.envs, want);
	session_forget(&pamh);
	assert_null(session_get(&pamh));
	assert_string_equal(pamh.envs, want); /* that stays */
}

TEST(test_the_host_has_no_environment)
{
	const struct nsi_reply reply = {.session = 9, .policy = "lab", .types = ns_bit(NS_UTS)};
	pam_handle_t pamh = standin_of_alice();

	assert_int_equal(session_put(&pamh, &message, &reply, &origin), PAM_SUCCESS);
	assert_int_equal(session_get(&pamh)->id, 9);
	assert_string_equal(pamh.envs, "");
	session_forget(&pamh);
}

TEST(test_the_longest_policy_name)
{
	struct nsi_reply reply = {.set = 7};
	pam_handle_t pamh = standin_of_alice();

	memset(reply.policy, 'a', sizeof(reply.policy) - 1);
	assert_int_equal(session_put(&pamh, &message, &reply, &origin), PAM_SUCCESS);
	assert_int_equal(strlen(pamh.env), strlen("NSISOLATE_POLICY=") + sizeof(reply.policy) - 1);
	session_forget(&pamh);
}

TEST(test_a_handle_that_keeps_nothing)
{
	const struct nsi_reply reply = {.set = 7, .policy = "lab", .types = ns_bit(NS_UTS)};
	static const char *const refused[] = {
		"NSISOLATE_SET=", "NSISOLATE_POLICY=", "NSISOLATE_HOST="};
	pam_handle_t pamh = standin_of_alice();

	pamh.data_code = PAM_BUF_ERR;
	assert_int_equal(session_put(&pamh, &message, &reply, &origin), PAM_BUF_ERR);
	assert_null(session_get(&pamh));
	for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		pamh = standin_of_alice();
		pamh.env_refused = refused[i];
		assert_int_equal(session_put(&pamh, &message, &reply, &origin), PAM_BUF_ERR);
		session_drop(&pamh);
		assert_null(session_get(&pamh));
	}
}

/* A name that is not there is not removed: pam_putenv(3) would log an error. */
TEST(test_a_session_is_dropped_with_its_environment)
{
	pam_handle_t pamh = standin_of_alice();

	session_drop(&pamh);
	assert_string_equal(pamh.envs, "");
	pamh.vars[0] = "NSISOLATE_SET=7";
	pamh.vars[1] = "NSISOLATE_HOST=";
	session_drop(&pamh);
	assert_string_equal(pamh.envs, "NSISOLATE_SET NSISOLATE_HOST ");
}

TEST(test_a_tmpdir_that_stays_in_sight)
{
	static struct workdir before;
	pam_handle_t pamh = standin_of_alice();
	char var[96];
	struct scratch s;

	assert_int_equal(scratch_make(&s), 0);
	(void)snprintf(var, sizeof(var), "TMPDIR=%s", s.top);
	pamh.vars[0] = var;
	tmpdir_look(&pamh, &before);
	assert_string_equal(before.path, s.top);
	tmpdir_settle(&pamh, &before);
	assert_string_equal(pamh.envs, "");
	assert_string_equal(pamh.log, "");
	scratch_done(&s);
}

/* Removed meanwhile, as a directory of the host's /tmp is out of sight behind a private one. */
TEST(test_a_tmpdir_that_is_out_of_sight)
{
	static struct workdir before;
	pam_handle_t pamh = standin_of_alice();
	char vars[3][300];
	struct scratch s;

	assert_int_equal(scratch_make(&s), 0);
	assert_int_equal(mkdir(scratch_path(&s, 0, "user 1"), 0700), 0);
	(void)snprintf(vars[0], sizeof(vars[0]), "TMPDIR=%s", scratch_path(&s, 0, "user 1"));
	(void)snprintf(vars[1], sizeof(vars[1]), "TMP=%s", scratch_path(&s, 0, "user 1"));
	(void)snprintf(vars[2], sizeof(vars[2]), "TEMP=%s", s.top); /* another one stays */
	for (unsigned i = 0; i < 3; i++)
		pamh.vars[i] = vars[i];
	tmpdir_look(&pamh, &before);
	scratch_done(&s);
	tmpdir_settle(&pamh, &before);
	assert_string_equal(pamh.envs, "TMPDIR TMP ");
	expect_logged(&pamh, "/user\\x201 is not there in the namespaces that were entered: left "
			     "out");
}

TEST(test_a_tmpdir_that_is_none)
{
	static const char *const values[] = {NULL, "TMPDIR=", "TMPDIR=relative",
					     "TMPDIR=/nowhere/at/all", "TMPDIR=/dev/null"};

	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		static struct workdir before;
		pam_handle_t pamh = standin_of_alice();

		pamh.vars[0] = values[i];
		tmpdir_look(&pamh, &before);
		tmpdir_settle(&pamh, &before);
		assert_string_equal(pamh.envs, "");
		assert_string_equal(pamh.log, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_session_and_its_environment),
		cmocka_unit_test(test_the_host_has_no_environment),
		cmocka_unit_test(test_the_longest_policy_name),
		cmocka_unit_test(test_a_handle_that_keeps_nothing),
		cmocka_unit_test(test_a_session_is_dropped_with_its_environment),
		cmocka_unit_test(test_a_tmpdir_that_stays_in_sight),
		cmocka_unit_test(test_a_tmpdir_that_is_out_of_sight),
		cmocka_unit_test(test_a_tmpdir_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
