/* SPDX-License-Identifier: MIT */
/* Detection of sudoedit(8): this test runs itself under the names and command lines of sudo */
#include <errno.h>
#include <limits.h>
#include <sys/wait.h>

#include "pam_nsisolate/account.h"
#include "tests/unit/pam_nsisolate/standin.h"
#include "tests/unit/scratch.h"

/* In the environment of the program that is asked: PAM_RUSER, and the name that it is started by. */
#define ASKED "NSI_TEST_RUSER"
#define NAMED "NSI_TEST_NAME"

enum {
	IS_SUDOEDIT = 0,
	IS_NOT = 1,
	IS_WRONG = 2,
	IS_RENAMED = 3, /* an emulator of another processor may start it by its path */
};

static struct scratch s;

/* As sudo: says by its exit status whether it is in the role of sudoedit. */
static int be_sudo(const char *ruser)
{
	pam_handle_t pamh = standin_of_alice();
	uid_t editor = 4242;

	pamh.items[PAM_RUSER] = *ruser ? ruser : NULL;
	pamh.account.pw_uid = strcmp(ruser, "root") == 0 ? 0 : 2001;
	if (!sudoedit_is_running(&pamh, 0, &editor))
		return IS_NOT;
	return editor == (*ruser ? pamh.account.pw_uid : 0) ? IS_SUDOEDIT : IS_WRONG;
}

/* Runs this test as the program @name with these words for PAM_RUSER @ruser, and compares. */
static void expect_answer(const char *name, const char *ruser, const char *const *words, int want)
{
	const char *link = scratch_path(&s, 0, name);
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *argv[8] = {NULL};
	int status;
	pid_t pid;

	assert_true(n > 0);
	exe[n] = '\0';
	assert_true(symlink(exe, link) == 0 || errno == EEXIST);
	memcpy(argv, words, 7 * sizeof(argv[0]));
	pid = fork();
	if (pid == 0) {
		(void)setenv(ASKED, ruser, 1);
		(void)setenv(NAMED, words[0], 1);
		(void)execv(link, argv);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status == IS_RENAMED << 8)
		skip();
	if (status != want << 8)
		fail_msg("%s: %s %s %s: status %x", name, words[0], words[1] ? words[1] : "",
			 words[1] && words[2] ? words[2] : "", (unsigned)status);
}

TEST(test_a_caller_other_than_root)
{
	static const char *const words[7] = {"sudo", "ls"};

	/* Its real uid is 0 then in sudoedit alone. */
	expect_answer("sudo", "alice", words, IS_SUDOEDIT);
	expect_answer("sudo.ws", "alice", words, IS_SUDOEDIT);
	expect_answer("su", "alice", words, IS_NOT);
	expect_answer("xsudo", "alice", words, IS_NOT);
}

TEST(test_root_is_asked_by_the_command_line)
{
	static const struct {
		const char *words[7];
		int want;
	} rows[] = {
		{{"sudoedit", "/etc/motd"}, IS_SUDOEDIT},
		{{"/usr/bin/sudoedit"}, IS_SUDOEDIT},
		{{"sudo"}, IS_NOT},
		{{"sudo", "ls", "-e"}, IS_NOT},
		{{"sudo", "-e", "/etc/motd"}, IS_SUDOEDIT},
		{{"sudo", "--edit", "/etc/motd"}, IS_SUDOEDIT},
		{{"sudo", "-ne", "/etc/motd"}, IS_SUDOEDIT},
		{{"sudo", "-n", "-u", "bob", "-e", "x"}, IS_SUDOEDIT},
		{{"sudo", "-ubob", "-e", "x"}, IS_SUDOEDIT},
		{{"sudo", "-u", "-e", "ls"}, IS_NOT}, /* the name of a user */
		{{"sudo", "-ue", "ls"}, IS_NOT},
		{{"sudo", "--user", "-e", "ls"}, IS_NOT},
		{{"sudo", "--user=bob", "-e", "x"}, IS_SUDOEDIT},
		{{"sudo", "--", "-e"}, IS_NOT},
		{{"sudo", "A=b", "-e"}, IS_NOT},
		{{"sudo", "", "-e"}, IS_NOT},
		{{"sudo", "-u"}, IS_NOT}, /* without its argument */
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_answer("sudo", "root", rows[i].words, rows[i].want);
		expect_answer("sudo", "", rows[i].words, rows[i].want); /* !pam_ruser */
	}
}

TEST(test_a_real_uid_that_is_not_roots)
{
	pam_handle_t pamh = standin_of_alice();
	uid_t editor;

	assert_false(sudoedit_is_running(&pamh, 2001, &editor));
}

static int begin(void **state)
{
	(void)state;
	return scratch_make(&s);
}

static int end(void **state)
{
	(void)state;
	scratch_done(&s);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_caller_other_than_root),
		cmocka_unit_test(test_root_is_asked_by_the_command_line),
		cmocka_unit_test(test_a_real_uid_that_is_not_roots),
	};

	if (argc > 0 && getenv(ASKED) && getenv(NAMED))
		return strcmp(argv[0], getenv(NAMED)) == 0 ? be_sudo(getenv(ASKED)) : IS_RENAMED;
	return cmocka_run_group_tests(tests, begin, end);
}
