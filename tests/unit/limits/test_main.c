/* SPDX-License-Identifier: MIT */
/* The program nsisolate-limits, by its arguments, its output and the calls that it makes on a bus */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "tests/unit/limits/peer.h"
#include "tests/unit/scratch.h"

enum {
	TEXT = 1024,
	ARGS = 12,
	PATIENCE_MS = 20000,
};

struct fixture {
	struct scratch s;
	int listener;
	char program[PATH_MAX];
	char out[TEXT], err[TEXT], heard[TEXT]; /* of the last run */
};

/* The program lies in the directory of the build, three above that of the test. */
static int find_program(char program[PATH_MAX])
{
	static const char rest[] = "nsisolate-limits";
	ssize_t n = readlink("/proc/self/exe", program, PATH_MAX - sizeof(rest));

	if (n < 0)
		return -1;
	program[n] = '\0';
	for (unsigned i = 0; i < 4; i++) {
		char *slash = strrchr(program, '/');

		if (!slash)
			return -1;
		*slash = '\0';
	}
	(void)strcat(program, "/");
	(void)strcat(program, rest);
	return access(program, X_OK);
}

static int set_up(void **state)
{
	static struct fixture fx;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char bus[128];

	if (scratch_make(&fx.s) < 0)
		return -1;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/bus", fx.s.top);
	(void)snprintf(bus, sizeof(bus), "unix:path=%s/bus", fx.s.top);
	fx.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*state = &fx;
	return fx.listener < 0 ||
			       bind(fx.listener, (struct sockaddr *)&address, sizeof(address)) <
				       0 ||
			       listen(fx.listener, 1) < 0 ||
			       setenv("DBUS_SYSTEM_BUS_ADDRESS", bus, 1) < 0 ||
			       find_program(fx.program) < 0
		       ? -1
		       : 0;
}

static int tear_down(void **state)
{
	struct fixture *fx = *state;

	(void)close(fx->listener);
	scratch_done(&fx->s);
	return 0;
}

static void read_text(int fd, char text[TEXT])
{
	size_t used = 0;
	ssize_t n;

	while (used < TEXT - 1 && (n = read(fd, text + used, TEXT - 1 - used)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	(void)close(fd);
}

static pid_t start(const struct fixture *fx, const char *const *words, const int out[2],
		   const int err[2])
{
	char *argv[ARGS + 2] = {(char *)(uintptr_t)fx->program};
	pid_t pid;

	for (unsigned i = 0; i < ARGS && words[i]; i++)
		argv[i + 1] = (char *)(uintptr_t)words[i];
	pid = fork();
	if (pid == 0) {
		(void)dup2(out[1], 1);
		(void)dup2(err[1], 2);
		(void)execv(fx->program, argv);
		_exit(127);
	}
	(void)close(out[1]);
	(void)close(err[1]);
	return pid;
}

/* Plays the bus for the program if it comes.  Returns the peer, or 0. */
static pid_t serve(const struct fixture *fx, pid_t program, int heard)
{
	const int ended = (int)syscall(SYS_pidfd_open, program, 0);
	struct pollfd fds[2] = {{.fd = fx->listener, .events = POLLIN},
				{.fd = ended, .events = POLLIN}};
	pid_t peer = 0;

	assert_true(poll(fds, 2, PATIENCE_MS) > 0);
	if (fds[0].revents) {
		const int sock = accept(fx->listener, NULL, NULL);

		peer = fork();
		if (peer == 0)
			peer_play(sock, heard);
		(void)close(sock);
	}
	(void)close(ended);
	return peer;
}

/* Returns the exit status of the program. */
static int run(struct fixture *fx, const char *const *words)
{
	int out[2], err[2], heard[2], status = 0;
	pid_t pid, peer;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	assert_int_equal(pipe2(heard, O_CLOEXEC), 0);
	pid = start(fx, words, out, err);
	peer = serve(fx, pid, heard[1]);
	(void)close(heard[1]);
	read_text(out[0], fx->out);
	read_text(err[0], fx->err);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (peer > 0) {
		(void)kill(peer, SIGKILL);
		(void)waitpid(peer, NULL, 0);
	}
	read_text(heard[0], fx->heard);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define RUN(fx, ...) run(fx, (const char *const[ARGS + 1]){__VA_ARGS__})

TEST(test_numbers_are_printed_a_line_each)
{
	struct fixture *fx = *state;

	assert_int_equal(RUN(fx, "get", "user-1000.slice", "Slice", "TasksMax", "MemoryMax"), 0);
	assert_string_equal(fx->out, "512\n512\n");
	assert_int_equal(RUN(fx, "leader", "13"), 0);
	assert_string_equal(fx->out, "4711\n");
	assert_string_equal(fx->heard, "/org/freedesktop/login1/session/_313 Get: "
				       "org.freedesktop.login1.Session Leader ");
}

TEST(test_scopes_are_asked_for_with_their_properties)
{
	struct fixture *fx = *state;

	assert_int_equal(RUN(fx, "scope", "a.scope", "user-1.slice", "77", "Login", "TasksMax=10"),
			 0);
	assert_non_null(strstr(fx->heard, "StartTransientUnit: a.scope fail "));
	assert_non_null(strstr(fx->heard, "r(PIDs v(a(u77 )))r(TasksMax v(t10 )))"));
	assert_int_equal(RUN(fx, "keep", "b.scope", "user-1.slice", "77", "Memory"), 0);
	assert_non_null(strstr(fx->heard, "Before v(a(systemd-user-sessions.service ))"));
}

TEST(test_the_reason_of_the_other_side_is_one_line)
{
	struct fixture *fx = *state;

	assert_int_equal(RUN(fx, "set", "user-1000.slice", "TasksMax=10"), 1);
	assert_string_equal(fx->err, "Unit is masked, says the test\n");
	assert_string_equal(fx->out, "");
}

TEST(test_wrong_words_are_refused)
{
	static const char *const wrong[][ARGS + 1] = {
		{NULL},
		{"nonsense"},
		{"get", "a.slice", "Slice"},
		{"set", "a.slice"},
		{"set", "a.slice", "TasksMax=many"},
		{"leader"},
		{"scope", "a.scope", "a.slice", "77"},
		{"scope", "a.scope", "a.slice", "pid", "Login"},
		{"scope", "a.scope", "a.slice", "77", "Login", "TasksMax=-1"},
	};
	struct fixture *fx = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(run(fx, wrong[i]), 1);
		assert_string_equal(fx->err, "Invalid argument\n");
		assert_string_equal(fx->heard, "");
	}
}

TEST(test_too_many_properties_are_refused)
{
	struct fixture *fx = *state;

	assert_int_equal(RUN(fx, "set", "a.slice", "a=1", "b=1", "c=1", "d=1", "e=1", "f=1", "g=1",
			     "h=1", "i=1"),
			 1);
	assert_string_equal(fx->err, "Argument list too long\n");
	assert_string_equal(fx->heard, "");
}

TEST(test_without_a_bus_it_says_so)
{
	struct fixture *fx = *state;

	assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1), 0);
	assert_int_equal(RUN(fx, "leader", "13"), 1);
	assert_string_equal(fx->err, "No such file or directory\n");
}

#define MAIN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MAIN_TEST(test_numbers_are_printed_a_line_each),
		MAIN_TEST(test_scopes_are_asked_for_with_their_properties),
		MAIN_TEST(test_the_reason_of_the_other_side_is_one_line),
		MAIN_TEST(test_wrong_words_are_refused),
		MAIN_TEST(test_too_many_properties_are_refused),
		MAIN_TEST(test_without_a_bus_it_says_so),
	};

	/* Run by an emulator of another processor, it could not run the program. */
	if (getenv("EMULATOR") && *getenv("EMULATOR"))
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
