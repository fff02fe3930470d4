/* SPDX-License-Identifier: MIT */
/* The account of a login: what is sent of it, and accounts that cannot be used */
#include "pam_nsisolate/account.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/fail.h"
#include "login/client.h"
#include "tests/unit/pam_nsisolate/standin.h"

static struct nsi_open message;
static struct nsi_fail f;

static int fill(pam_handle_t *pamh)
{
	message = (struct nsi_open){.h = wire_header(NSI_OPEN)};
	f = (struct nsi_fail){""};
	return account_fill(pamh, &message, &f);
}

TEST(test_an_account_as_it_is)
{
	pam_handle_t pamh = standin_of_alice();

	assert_int_equal(fill(&pamh), PAM_SUCCESS);
	assert_string_equal(message.user, "alice");
	assert_int_equal(message.uid, 2001);
	assert_int_equal(message.gid, 2001);
	assert_int_equal(message.caller_uid, getuid());
	assert_string_equal(message.home, "/home/alice");
	assert_string_equal(message.service, "rig");
	assert_string_equal(message.tty, "pts/1");
	assert_string_equal(message.rhost, "there");
	assert_string_equal(f.what, "");
}

/* The name service may spell the user in another way than who logs in. */
TEST(test_the_name_is_that_of_the_account)
{
	pam_handle_t pamh = standin_of_alice();

	pamh.user = "ALICE@EXAMPLE";
	assert_int_equal(fill(&pamh), PAM_SUCCESS);
	assert_string_equal(message.user, "alice");
}

TEST(test_items_that_are_missing)
{
	pam_handle_t pamh = standin_of_alice();

	memset(pamh.items, 0, sizeof(pamh.items));
	pamh.account.pw_dir = NULL;
	assert_int_equal(fill(&pamh), PAM_SUCCESS);
	assert_string_equal(message.service, "");
	assert_string_equal(message.tty, "");
	assert_string_equal(message.rhost, "");
	assert_string_equal(message.home, "");
}

/* No device and no host name is as long, so these come from a stranger and are left out, not cut. */
TEST(test_items_as_long_as_they_can_be)
{
	static const struct {
		int item;
		char *text;
		size_t size;
	} rows[] = {
		{PAM_SERVICE, message.service, sizeof(message.service)},
		{PAM_TTY, message.tty, sizeof(message.tty)},
		{PAM_RHOST, message.rhost, sizeof(message.rhost)},
	};
	char text[NSI_HOST_SIZE + 1];

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pam_handle_t pamh = standin_of_alice();

		memset(text, 'a', sizeof(text));
		text[rows[i].size - 1] = '\0';
		pamh.items[rows[i].item] = text;
		assert_int_equal(fill(&pamh), PAM_SUCCESS);
		assert_string_equal(rows[i].text, text);
		text[rows[i].size - 1] = 'a';
		text[rows[i].size] = '\0';
		assert_int_equal(fill(&pamh), PAM_SUCCESS);
		assert_string_equal(rows[i].text, "");
	}
}

TEST(test_names_and_homes_as_long_as_they_can_be)
{
	char text[NSI_PATH_SIZE + 1];
	pam_handle_t pamh = standin_of_alice();

	memset(text, 'a', sizeof(text));
	text[NSI_NAME_SIZE - 1] = '\0';
	pamh.account.pw_name = pamh.account.pw_dir = text;
	assert_int_equal(fill(&pamh), PAM_SUCCESS);
	assert_string_equal(message.user, text);
	assert_string_equal(message.home, text);
	text[NSI_NAME_SIZE - 1] = 'a';
	text[NSI_NAME_SIZE] = '\0';
	assert_int_equal(fill(&pamh), PAM_SYSTEM_ERR);
	assert_string_equal(f.what, "the user's name is too long");
	pamh.account.pw_name = standin_of_alice().account.pw_name;
	assert_int_equal(fill(&pamh), PAM_SYSTEM_ERR);
	assert_string_equal(f.what, "the path of the user's home is too long");
}

TEST(test_users_that_are_none)
{
	static const struct {
		const char *user;
		int code, want;
	} rows[] = {
		{NULL, PAM_SUCCESS, PAM_USER_UNKNOWN},
		{"", PAM_SUCCESS, PAM_USER_UNKNOWN},
		{"alice", PAM_CONV_ERR, PAM_USER_UNKNOWN},
		{"alice", PAM_BUF_ERR, PAM_BUF_ERR},
	};
	pam_handle_t pamh = standin_of_alice();

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pamh.user = rows[i].user;
		pamh.user_code = rows[i].code;
		assert_int_equal(fill(&pamh), rows[i].want);
		assert_string_equal(f.what, "PAM has no user for this session");
	}
	pamh = standin_of_alice();
	pamh.is_known = false;
	assert_int_equal(fill(&pamh), PAM_USER_UNKNOWN);
	assert_string_equal(f.what, "the user is not known to this system");
}

/* A call whose other end is @theirs. */
static struct client_call call_to(int *theirs)
{
	struct client_call call;
	int pair[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	client_init(&call, 30);
	call.sock = pair[0];
	*theirs = pair[1];
	return call;
}

TEST(test_a_caller_by_name)
{
	static struct nsi_account account;
	pam_handle_t pamh = standin_of_alice();
	int theirs;
	struct client_call call = call_to(&theirs);

	assert_int_equal(fill(&pamh), PAM_SUCCESS);
	call.reply.need = NSI_NEED_CALLER;
	pamh.caller = "nsi-nobody-has-this-name";
	assert_int_equal(account_answer(&pamh, &call, &message, &f), 0);
	assert_int_equal(recv(theirs, &account, sizeof(account), 0), (ssize_t)sizeof(account));
	assert_string_equal(account.name, pamh.caller);
	assert_int_equal(account.need & NSI_NEED_CALLER, NSI_NEED_CALLER);
	pamh.caller = NULL;
	message.caller_uid = 4242;
	assert_int_equal(account_answer(&pamh, &call, &message, &f), -ESRCH);
	assert_string_equal(f.what, "a rule matches the caller, but uid 4242 has no name");
	call.reply.need = 0; /* nothing is asked for */
	assert_int_equal(account_answer(&pamh, &call, &message, &f), 0);
	assert_int_equal(recv(theirs, &account, sizeof(account), MSG_DONTWAIT), -1);
	close(theirs);
	client_done(&call);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_account_as_it_is),
		cmocka_unit_test(test_the_name_is_that_of_the_account),
		cmocka_unit_test(test_items_that_are_missing),
		cmocka_unit_test(test_items_as_long_as_they_can_be),
		cmocka_unit_test(test_names_and_homes_as_long_as_they_can_be),
		cmocka_unit_test(test_users_that_are_none),
		cmocka_unit_test(test_a_caller_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
