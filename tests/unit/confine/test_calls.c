/* SPDX-License-Identifier: MIT */
/* The lists of system calls: their names are right, and they are enforced. */
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "confine/calls.h"
#include "tests/unit/test.h"

static void check_names(const char *const *calls)
{
	for (; *calls; calls++) {
		char name[64];

		if (**calls == '@') {
			assert_non_null(confine_group(*calls));
			check_names(confine_group(*calls));
			continue;
		}
		if (strchr(*calls, ':'))
			assert_non_null(confine_limit_of(*calls));
		(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(*calls, ":"), *calls);
		if (seccomp_syscall_resolve_name(name) == __NR_SCMP_ERROR &&
		    confine_number_of_new(name) < 0)
			fail_msg("there is no system call \"%s\"", name);
	}
}

TEST(test_every_name_is_one_of_a_system_call)
{
	for (int i = 0; i < CONFINE_PROCESSES; i++)
		check_names(confine_lists[i].calls);
	check_names(confine_never);
}

/* How a child ends that is a launcher, which does nearly nothing, and then does @what. */
static int end_of(void (*what)(void))
{
	pid_t pid = fork();
	struct nsi_fail f = {""};
	int status;

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || confine_start(&f) < 0 ||
		    confine_become(CONFINE_LAUNCHER, &f) < 0)
			_exit(99);
		what();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void do_nothing(void)
{
}

static void do_harmless(void)
{
	errno = 0;
	if (getpriority(PRIO_PROCESS, 0) != -1 || errno != EPERM)
		_exit(1);
}

static void do_future(void)
{
	if (syscall(900) != -1 || errno != ENOSYS)
		_exit(1);
}

static void do_network(void)
{
	if (syscall(SYS_socket, AF_INET, SOCK_STREAM, 0) != -1 || errno != EPERM)
		_exit(1);
	if (syscall(SYS_socket, AF_UNIX, SOCK_DGRAM, 0) < 0)
		_exit(2);
	if (socket(AF_UNIX, SOCK_DGRAM, 0) < 0) /* socketcall(2) on i386 */
		_exit(3);
}

/* Each call of a line of the log, and one that is none, as the C library makes it. */
static void do_sockets(void)
{
	static const struct sockaddr_un nobody = {AF_UNIX, "/proc/none"};
	int sock = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (connect(sock, (const struct sockaddr *)&nobody, sizeof(nobody)) != -1 ||
	    errno != ENOENT)
		_exit(1);
	if (send(sock, "", 1, MSG_NOSIGNAL) != -1 || errno != ENOTCONN)
		_exit(2);
	if (listen(sock, 1) != -1 || errno != EPERM)
		_exit(3);
}

static void do_code(void)
{
	if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
		    MAP_FAILED ||
	    errno != EPERM)
		_exit(1);
}

static void do_execute(void)
{
	char *const none[] = {NULL};

	(void)execve("/bin/true", none, none);
}

static void do_deaf(void)
{
	(void)signal(SIGSYS, SIG_IGN);
}

TEST(test_a_call_that_is_not_listed)
{
	if (!WIFEXITED(end_of(do_nothing)) || WEXITSTATUS(end_of(do_nothing)) == 99)
		skip();
	assert_int_equal(end_of(do_nothing), 0);
	assert_int_equal(end_of(do_harmless), 0);
	assert_int_equal(end_of(do_future), 0);
	assert_int_equal(end_of(do_network), 0);
	assert_int_equal(end_of(do_sockets), 0);
	assert_int_equal(end_of(do_code), 0);
}

TEST(test_a_call_that_no_process_needs)
{
	if (WEXITSTATUS(end_of(do_nothing)) == 99)
		skip();
	assert_int_equal(WTERMSIG(end_of(do_execute)), SIGSYS);
	assert_int_equal(WTERMSIG(end_of(do_deaf)), SIGSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_name_is_one_of_a_system_call),
		cmocka_unit_test(test_a_call_that_is_not_listed),
		cmocka_unit_test(test_a_call_that_no_process_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
