/* SPDX-License-Identifier: MIT */
/* The calls that systemd and logind get; a process at the other end of a socket plays them. */
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "limits/manager.h"
#include "tests/unit/limits/peer.h"

enum {
	TEXT = 600
};

struct fixture {
	sd_bus *bus;
	pid_t peer;
	int heard; /* from the peer: the call that it got, as text */
};

static int set_up(void **state)
{
	static struct fixture f;
	int socks[2], pipes[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks), 0);
	assert_int_equal(pipe(pipes), 0);
	f.peer = fork();
	if (f.peer == 0) {
		close(socks[0]);
		peer_play(socks[1], pipes[1]);
	}
	close(socks[1]);
	close(pipes[1]);
	f.heard = pipes[0];
	assert_true(sd_bus_new(&f.bus) >= 0);
	assert_true(sd_bus_set_fd(f.bus, socks[0], socks[0]) >= 0);
	assert_true(sd_bus_set_anonymous(f.bus, true) >= 0);
	assert_true(sd_bus_start(f.bus) >= 0);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	f->bus = sd_bus_flush_close_unref(f->bus);
	(void)kill(f->peer, SIGKILL);
	(void)waitpid(f->peer, NULL, 0);
	return close(f->heard);
}

static const char *heard(struct fixture *f)
{
	static char text[TEXT];
	ssize_t n = read(f->heard, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

TEST(test_a_scope_has_its_process_and_its_limits)
{
	const struct manager_scope scope = {.name = "nsisolate-1000-1.scope",
					    .slice = "user-1000.slice",
					    .description = "Login of uid 1000",
					    .before = "systemd-user-sessions.service",
					    .pid = 77};
	const struct manager_property limits[] = {{"TasksMax", 10}, {"MemoryMax", 1 << 20}};
	struct fixture *f = *state;

	assert_int_equal(manager_start_scope(f->bus, &scope, limits, 2, NULL), 0);
	assert_string_equal(
		heard(f),
		"/org/freedesktop/systemd1 StartTransientUnit: nsisolate-1000-1.scope fail "
		"a(r(Description v(Login of uid 1000 ))r(Slice v(user-1000.slice ))"
		"r(CollectMode v(inactive-or-failed ))r(PIDs v(a(u77 )))"
		"r(Before v(a(systemd-user-sessions.service )))"
		"r(TasksMax v(t10 ))r(MemoryMax v(t1048576 )))a()");
}

TEST(test_systemd_says_why_it_refuses)
{
	const struct manager_property limits[] = {{"TasksMax", UINT64_MAX}};
	sd_bus_error e = SD_BUS_ERROR_NULL;
	struct fixture *f = *state;

	assert_int_equal(manager_set(f->bus, "user-1000.slice", limits, 1, &e), -EACCES);
	assert_string_equal(e.message, "Unit is masked, says the test");
	assert_string_equal(heard(f),
			    "/org/freedesktop/systemd1 SetUnitProperties: "
			    "user-1000.slice b1 a(r(TasksMax v(t18446744073709551615 )))");
	sd_bus_error_free(&e);
}

TEST(test_properties_are_read_from_the_unit)
{
	struct manager_property limits[] = {{"TasksMax", 0}};
	struct fixture *f = *state;

	assert_int_equal(manager_get(f->bus, "user-1000.slice", "Slice", limits, 1, NULL), 0);
	assert_int_equal(limits[0].value, 512);
	assert_string_equal(heard(f), "/org/freedesktop/systemd1/unit/user_2d1000_2eslice Get: "
				      "org.freedesktop.systemd1.Slice TasksMax ");
}

TEST(test_a_session_has_a_leader)
{
	struct fixture *f = *state;
	pid_t leader = 0;

	assert_int_equal(manager_leader(f->bus, "13", &leader, NULL), 0);
	assert_int_equal(leader, 4711);
	assert_string_equal(heard(f), "/org/freedesktop/login1/session/_313 Get: "
				      "org.freedesktop.login1.Session Leader ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_scope_has_its_process_and_its_limits, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_systemd_says_why_it_refuses, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_properties_are_read_from_the_unit, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_session_has_a_leader, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
