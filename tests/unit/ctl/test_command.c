/* SPDX-License-Identifier: MIT */
/* Commands as another user: their exit status, and the signals that are passed on */
#include "ctl/command.h"

#include <signal.h>

#include "ctl/person.h"
#include "tests/unit/ctl/output.h"

static struct output o;
static gid_t group;
static struct person who;

/* This user, whose command needs no change of credentials but that of root. */
static int run(char *const *argv)
{
	const struct command c = {.who = &who, .argv = argv, .set = "", .policy = ""};
	int code;

	group = getgid();
	who.uid = getuid();
	who.gid = group;
	who.groups = &group;
	who.group_count = 1;
	(void)snprintf(who.name, sizeof(who.name), "me");
	(void)snprintf(who.home, sizeof(who.home), "/");
	output_begin(&o);
	code = command_run(&c);
	output_end(&o);
	return code;
}

#define RUN(...) run((char *[]){__VA_ARGS__, NULL})
#define W(text)  ((char *)(uintptr_t)(text))

TEST(test_the_exit_status_is_that_of_the_command)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(RUN(W("true")), 0);
	assert_int_equal(RUN(W("sh"), W("-c"), W("exit 42")), 42);
	assert_int_equal(RUN(W("sh"), W("-c"), W("kill -9 $$")), 128 + SIGKILL);
	assert_int_equal(RUN(W("sh"), W("-c"), W("echo $USER in $PWD")), 0);
	assert_string_equal(o.out, "me in /\n");
}

TEST(test_a_command_that_cannot_be_run)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(RUN(W("/nonexistent/command")), CTL_NO_COMMAND);
	assert_string_equal(o.err, "nsisolate: cannot run /nonexistent/command: No such file or "
				   "directory\n");
	assert_int_equal(RUN(W("/etc/passwd")), CTL_CANNOT_EXEC);
	assert_string_equal(o.err, "nsisolate: cannot run /etc/passwd: Permission denied\n");
}

TEST(test_without_a_command_it_is_a_login_shell)
{
	if (geteuid() != 0)
		skip();
	(void)snprintf(who.shell, sizeof(who.shell), "/nonexistent/shell");
	assert_int_equal(run((char *[]){NULL}), CTL_NO_COMMAND);
	assert_string_equal(o.err, "nsisolate: cannot run the shell /nonexistent/shell: No such "
				   "file or directory\n");
	(void)snprintf(who.shell, sizeof(who.shell), "/bin/false");
	assert_int_equal(run((char *[]){NULL}), 1);
}

TEST(test_signals_are_passed_on_and_then_as_before)
{
	char script[80];
	sigset_t mask;

	if (geteuid() != 0)
		skip();
	/* The command sends it to the process that waits for it. */
	(void)snprintf(script, sizeof(script),
		       "trap 'exit 7' TERM; kill -TERM %d; while :; do sleep 0.01; done", getpid());
	assert_int_equal(RUN(W("sh"), W("-c"), script), 7);
	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
	assert_int_equal(sigismember(&mask, SIGTERM), 0);
	assert_int_equal(sigismember(&mask, SIGCHLD), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_exit_status_is_that_of_the_command),
		cmocka_unit_test(test_a_command_that_cannot_be_run),
		cmocka_unit_test(test_without_a_command_it_is_a_login_shell),
		cmocka_unit_test(test_signals_are_passed_on_and_then_as_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
