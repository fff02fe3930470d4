/* SPDX-License-Identifier: MIT */
/* The result of an open, by the answers of PAM and of a helper that is a child of this test. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/fail.h"
#include "login/off.h"
#include "pam_nsisolate/open_session.h"
#include "pam_nsisolate/session_data.h"
#include "tests/unit/pam_nsisolate/rundir.h"
#include "tests/unit/pam_nsisolate/standin.h"
#include "wire/wire.h"

static struct nsi_reply reply_of(enum nsi_type type, enum nsi_cause cause)
{
	struct nsi_reply m = {.h = wire_header(type), .cause = cause};

	(void)snprintf(m.text, sizeof(m.text), "so it is");
	(void)snprintf(m.rule, sizeof(m.rule), "/etc/conf:1");
	(void)snprintf(m.policy, sizeof(m.policy), "lab");
	return m;
}

/* A child that answers one connection: each reply to a message. */
static pid_t start_helper(const struct nsi_reply *replies, unsigned count)
{
	struct sockaddr_un address;
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	pid_t pid;

	assert_int_equal(wire_address(dir.top, &address), 0);
	(void)unlink(address.sun_path);
	assert_int_equal(bind(sock, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(sock, 4), 0);
	pid = fork();
	if (pid == 0) {
		int c = accept(sock, NULL, NULL);
		union nsi_message m;

		(void)alarm(60);
		for (unsigned i = 0; i < count; i++)
			if (recv(c, &m, sizeof(m), 0) <= 0 ||
			    wire_send(c, &replies[i].h, NULL, 0) < 0)
				_exit(1);
		/* More groups, or whether it has entered */
		while (recv(c, &m, sizeof(m), 0) > 0)
			;
		_exit(0);
	}
	close(sock);
	return pid;
}

static void end_helper(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Opens alice's session by a helper that answers @reply. */
static int open_by(pam_handle_t *pamh, struct nsi_reply reply)
{
	pid_t helper = start_helper(&reply, 1);
	int code = open_session(pamh, 0, &args);

	end_helper(helper);
	return code;
}

TEST(test_refusals_by_their_cause)
{
	static const struct {
		enum nsi_cause cause;
		int code;
		bool is_let_in; /* by on_error = "allow" of the policy */
	} rows[] = {
		{NSI_CAUSE_SYSTEM, PAM_SYSTEM_ERR, true},
		{NSI_CAUSE_POLICY, PAM_PERM_DENIED, false},
		{NSI_CAUSE_MEMORY, PAM_BUF_ERR, true},
		{NSI_CAUSE_CONFIG, PAM_SERVICE_ERR, true},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nsi_reply m = reply_of(NSI_REFUSED, rows[i].cause);
		pam_handle_t pamh = standin_of_alice();

		assert_int_equal(open_by(&pamh, m), rows[i].code);
		expect_logged(&pamh, "refused user=alice uid=2001 service=rig: so it is");
		assert_null(pamh.data);
		m.allow = 1;
		pamh = standin_of_alice();
		assert_int_equal(open_by(&pamh, m), rows[i].is_let_in ? PAM_SUCCESS : rows[i].code);
		if (rows[i].is_let_in)
			expect_logged(&pamh,
				      "not isolated, as on_error is \"allow\" at /etc/conf:1");
		args.allow = true;
		pamh = standin_of_alice();
		m.allow = 0;
		assert_int_equal(open_by(&pamh, m), rows[i].is_let_in ? PAM_SUCCESS : rows[i].code);
		args.allow = false;
	}
}

TEST(test_a_login_that_is_left_alone)
{
	pam_handle_t pamh = standin_of_alice();

	assert_int_equal(open_by(&pamh, reply_of(NSI_SKIP, NSI_CAUSE_SYSTEM)), PAM_SUCCESS);
	expect_logged(&pamh,
		      "not isolated user=alice uid=2001 service=rig rule=/etc/conf:1: so it is");
	pamh = standin_of_alice();
	assert_int_equal(open_by(&pamh, reply_of(NSI_SKIP, NSI_CAUSE_OFF)), PAM_SUCCESS);
	assert_null(pamh.data);
}

TEST(test_answers_that_are_none)
{
	struct nsi_reply m = reply_of(NSI_DONE, NSI_CAUSE_SYSTEM);
	pam_handle_t pamh = standin_of_alice();

	assert_int_equal(open_by(&pamh, m), PAM_SYSTEM_ERR);
	expect_logged(&pamh, "unexpected reply from the helper");
	m = reply_of(NSI_ENTER, NSI_CAUSE_SYSTEM);
	m.set = 7;
	m.types = ns_bit(NS_UTS);
	pamh = standin_of_alice();
	assert_int_equal(open_by(&pamh, m), PAM_SYSTEM_ERR);
	expect_logged(&pamh, "the helper's answer lacks its descriptor");
	assert_null(pamh.data);
}

/* It is where it should be, and has the session in its handle. */
TEST(test_a_login_that_is_there_already)
{
	struct nsi_reply m = reply_of(NSI_ENTER, NSI_CAUSE_SYSTEM);
	pam_handle_t pamh = standin_of_alice();

	m.set = 7;
	m.session = 9;
	assert_int_equal(open_by(&pamh, m), PAM_SUCCESS);
	expect_logged(&pamh,
		      "opened user=alice uid=2001 service=rig rule=/etc/conf:1 policy=lab set=7");
	assert_int_equal(session_get(&pamh)->id, 9);
	assert_string_equal(pamh.env, "NSISOLATE_POLICY=lab");
	standin_done(&pamh);
	pamh = standin_of_alice();
	m.set = 0; /* the host */
	assert_int_equal(open_by(&pamh, m), PAM_SUCCESS);
	expect_logged(&pamh, "action=host");
	standin_done(&pamh);
}

TEST(test_a_handle_that_keeps_nothing)
{
	static const char *const refused[] = {
		NULL, "NSISOLATE_SET=", "NSISOLATE_POLICY=", "NSISOLATE_HOST="};

	for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct nsi_reply m = reply_of(NSI_ENTER, NSI_CAUSE_SYSTEM);
		pam_handle_t pamh = standin_of_alice();

		m.set = 7;
		m.types = ns_bit(NS_UTS);
		pamh.data_code = refused[i] ? PAM_SUCCESS : PAM_BUF_ERR;
		pamh.env_refused = refused[i];
		assert_int_equal(open_by(&pamh, m), PAM_BUF_ERR);
		expect_logged(&pamh, "cannot keep the session in the PAM handle");
		assert_null(pamh.data);
	}
}

/* Each step of a session that ends before the helper is asked. */
TEST(test_accounts_that_cannot_be_used)
{
	char longest[NSI_NAME_SIZE + NSI_PATH_SIZE];
	pam_handle_t pamh;

	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	for (int i = 0; i < 3; i++) {
		pamh = standin_of_alice();
		pamh.user = i == 0 ? NULL : i == 1 ? "" : "alice";
		pamh.user_code = i == 2 ? PAM_BUF_ERR : PAM_SUCCESS;
		assert_int_equal(open_session(&pamh, 0, &args),
				 i == 2 ? PAM_BUF_ERR : PAM_USER_UNKNOWN);
		expect_logged(&pamh, "PAM has no user for this session");
	}
	pamh = standin_of_alice();
	pamh.is_known = false;
	assert_int_equal(open_session(&pamh, 0, &args), PAM_USER_UNKNOWN);
	assert_null(strstr(pamh.log, "alice")); /* it may be a password */
	assert_string_equal(pamh.said, "");     /* without a conversation */
	pamh = standin_of_alice();
	pamh.account.pw_name = longest;
	assert_int_equal(open_session(&pamh, 0, &args), PAM_SYSTEM_ERR);
	expect_logged(&pamh, "the user's name is too long");
	pamh = standin_of_alice();
	pamh.account.pw_dir = longest;
	assert_int_equal(open_session(&pamh, 0, &args), PAM_SYSTEM_ERR);
	expect_logged(&pamh, "the path of the user's home is too long");
	for (int i = 0; i < 3; i++) {
		static const int items[] = {PAM_SERVICE, PAM_TTY, PAM_RHOST};

		pamh = standin_of_alice();
		pamh.item_codes[items[i]] = PAM_BUF_ERR;
		assert_int_equal(open_session(&pamh, 0, &args), PAM_SYSTEM_ERR);
		expect_logged(&pamh, "cannot read the PAM items of this session");
	}
}

TEST(test_a_user_is_told)
{
	pam_handle_t pamh = standin_of_alice();

	pamh.items[PAM_CONV] = "a conversation";
	pamh.account.pw_dir = NULL;
	(void)open_by(&pamh, reply_of(NSI_REFUSED, NSI_CAUSE_SYSTEM));
	assert_non_null(strstr(pamh.said, "the system log says why"));
	(void)open_by(&pamh, reply_of(NSI_REFUSED, NSI_CAUSE_POLICY));
	assert_string_equal(pamh.said, "Your session was refused: so it is.");
	pamh.said[0] = '\0';
	assert_int_equal(open_session(&pamh, PAM_SILENT,
				      &(struct module_args){.config = "/none",
							    .rundir = "/nowhere",
							    .statedir = "/none",
							    .helper = "/none",
							    .timeout = 1}),
			 PAM_SYSTEM_ERR);
	assert_string_equal(pamh.said, "");
}

TEST(test_groups_of_the_user_and_of_the_caller)
{
	struct nsi_reply replies[] = {reply_of(NSI_NEED, NSI_CAUSE_SYSTEM),
				      reply_of(NSI_SKIP, NSI_CAUSE_SYSTEM)};
	pam_handle_t pamh = standin_of_alice();
	pid_t helper;

	replies[0].need = NSI_NEED_CALLER;
	pamh.caller = "bob";
	helper = start_helper(replies, 2);
	assert_int_equal(open_session(&pamh, 0, &args), PAM_SUCCESS);
	end_helper(helper);
	replies[0].need = NSI_NEED_GROUPS;
	helper = start_helper(replies, 2);
	assert_int_equal(open_session(&pamh, 0, &args), PAM_SUCCESS);
	end_helper(helper);
	replies[0].need = NSI_NEED_CALLER;
	pamh.caller = NULL;
	helper = start_helper(replies, 1);
	assert_int_equal(open_session(&pamh, 0, &args), PAM_SYSTEM_ERR);
	expect_logged(&pamh, "a rule matches the caller, but uid");
	end_helper(helper);
}

TEST(test_root_is_never_refused)
{
	pam_handle_t pamh = standin_of_alice();

	pamh.account.pw_uid = 0;
	assert_int_equal(open_session(&pamh, 0, &args), PAM_SUCCESS); /* no set, no word */
	assert_string_equal(pamh.log, "");
	assert_int_equal(scratch_write(&dir, "host", "nonsense"), 0);
	assert_int_equal(open_session(&pamh, 0, &args), PAM_SUCCESS);
	expect_logged(&pamh, "root stays where it is: no helper is running to ask");
	assert_int_equal(scratch_write(&dir, "host", "nsisolate-host 1 mnt=1\n"), 0);
	assert_int_equal(open_by(&pamh, reply_of(NSI_REFUSED, NSI_CAUSE_POLICY)), PAM_SUCCESS);
	expect_logged(&pamh, "root stays where it is: so it is");
	pamh.is_known = true;
	args.isolate_root = true;
	assert_int_equal(open_by(&pamh, reply_of(NSI_REFUSED, NSI_CAUSE_SYSTEM)), PAM_SYSTEM_ERR);
	args.isolate_root = false;
}

TEST(test_a_line_with_a_mistake)
{
	const struct nsi_fail wrong = {"unknown argument bogus"};
	pam_handle_t pamh = standin_of_alice();

	assert_int_equal(open_refuse(&pamh, 0, &args, &wrong), PAM_SERVICE_ERR);
	expect_logged(&pamh, "refused user=alice uid=2001 service=rig: unknown argument bogus");
	pamh = standin_of_alice();
	pamh.account.pw_uid = 0;
	assert_int_equal(open_refuse(&pamh, 0, &args, &wrong), PAM_SUCCESS);
	expect_logged(&pamh, "root stays where it is: unknown argument bogus");
	pamh = standin_of_alice();
	pamh.is_known = false;
	assert_int_equal(open_refuse(&pamh, 0, &args, &wrong), PAM_SERVICE_ERR);
}

/* In a directory whose whole path is root's. */
TEST(test_while_isolation_is_switched_off)
{
	const struct nsi_fail wrong = {"unknown argument bogus"};
	pam_handle_t pamh = standin_of_alice();
	struct scratch run;

	if (getuid() != 0 || scratch_make_below(&run, "/run") < 0)
		skip();
	assert_int_equal(scratch_write(&run, OFF_FILE, ""), 0);
	args.rundir = run.top;
	assert_int_equal(open_refuse(&pamh, 0, &args, &wrong), PAM_SUCCESS);
	expect_logged(&pamh, "isolation is switched off by the file");
	scratch_done(&run);
}

/* With a directory of its own. */
#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_refusals_by_their_cause),
		CASE(test_a_login_that_is_left_alone),
		CASE(test_answers_that_are_none),
		CASE(test_a_login_that_is_there_already),
		CASE(test_a_handle_that_keeps_nothing),
		CASE(test_accounts_that_cannot_be_used),
		CASE(test_a_user_is_told),
		CASE(test_groups_of_the_user_and_of_the_caller),
		CASE(test_root_is_never_refused),
		CASE(test_a_line_with_a_mistake),
		CASE(test_while_isolation_is_switched_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
