/* SPDX-License-Identifier: MIT */
/* A system call that is not in a process's list: the log has it, and it fails or ends the process */
#include <sys/resource.h>

#include "confine/calls.h"
#include "tests/unit/faults.h"
#include "tests/unit/logged.h"

enum {
	UNKNOWN = 900 /* no call has this number yet */
};

/* From here on this process gets SIGSYS for the call; without filters it ends as one that was skipped. */
static void trap(int call)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (refuse_watch("nsi-test") < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		_exit(77);
}

/* Runs it in a child, whose log is @text.  Returns its status. */
static int status_of(void (*run)(void), char text[512])
{
	struct logged l;
	int status = 0;
	pid_t pid;

	logged_begin(&l);
	pid = fork();
	if (pid == 0) {
		run();
		_exit(0);
	}
	(void)waitpid(pid, &status, 0);
	(void)snprintf(text, 512, "%.511s", logged_end(&l));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	return status;
}

static void call_known(void)
{
	trap(SYS_getpriority);
	for (int i = 0; i < 2; i++) {
		errno = 0;
		if (syscall(SYS_getpriority, PRIO_PROCESS, 0) != -1 || errno != EPERM)
			_exit(1);
	}
}

TEST(test_a_call_fails_and_is_logged_once)
{
	char text[512], line[512];

	assert_int_equal(status_of(call_known, text), 0);
	(void)snprintf(line, sizeof(line),
		       "<4>nsi-test: the system call getpriority (number %d) is refused, as this "
		       "process should not need it; please report it with the versions of kernel "
		       "and C library\n",
		       (int)SYS_getpriority);
	assert_string_equal(text, line);
}

static void call_unknown(void)
{
	trap(UNKNOWN);
	errno = 0;
	if (syscall(UNKNOWN) != -1 || errno != ENOSYS)
		_exit(1);
}

TEST(test_a_call_that_is_younger_than_the_library_is_as_if_the_kernel_had_none)
{
	char text[512];

	assert_int_equal(status_of(call_unknown, text), 0);
	assert_non_null(strstr(text, "<4>nsi-test: the system call unknown here (number 900) is "
				     "refused"));
}

static void call_never(void)
{
	char *const none[] = {NULL};

	trap(SYS_execve);
	(void)execve("/bin/true", none, none);
}

TEST(test_a_call_that_nobody_needs_ends_the_process)
{
	char text[512];
	const int status = status_of(call_never, text);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
	assert_int_equal(strncmp(text, "<3>nsi-test: the system call execve ", 36), 0);
	assert_non_null(strstr(text, "should not need it, and ends it; please report it"));
}

/* A process that was started with SIGSYS blocked would be killed without a line. */
static void call_while_blocked(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		_exit(1);
	call_known();
}

TEST(test_a_signal_that_was_blocked_is_not_any_more)
{
	char text[512];

	assert_int_equal(status_of(call_while_blocked, text), 0);
	assert_non_null(strstr(text, "getpriority"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_call_fails_and_is_logged_once),
		cmocka_unit_test(
			test_a_call_that_is_younger_than_the_library_is_as_if_the_kernel_had_none),
		cmocka_unit_test(test_a_call_that_nobody_needs_ends_the_process),
		cmocka_unit_test(test_a_signal_that_was_blocked_is_not_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
