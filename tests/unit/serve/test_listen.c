/* SPDX-License-Identifier: MIT */
/* The socket of the helper: a call that fails leaves a sentence and nothing else; without descriptors it waits, and goes on */
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "serve/call.h"
#include "serve/listen.h"
#include "serve/server.h"
#include "sets/all.h"
#include "tests/unit/faults.h"
#include "tests/unit/scratch.h"
#include "wire/wire.h"

static struct scratch scratch;
static struct sets sets;
static struct server server;

static int begin(void **state)
{
	(void)state;
	memset(&sets, 0, sizeof(sets));
	if (scratch_make(&scratch) < 0 || loop_init(&sets.loop) < 0)
		return -1;
	sets.host.rundir = scratch.top;
	server_init(&server, &sets, true);
	return 0;
}

static int end(void **state)
{
	(void)state;
	listen_stop(&server);
	while (!LIST_EMPTY(&server.calls))
		call_free(LIST_FIRST(&server.calls));
	loop_disarm(&sets.loop, &server.idle);
	loop_disarm(&sets.loop, &server.last);
	loop_done(&sets.loop);
	scratch_done(&scratch);
	return 0;
}

static void start(void)
{
	struct nsi_fail f = {""};
	int sock = listen_own(&server, &f);

	assert_true(sock >= 0);
	assert_int_equal(listen_start(&server, sock, &f), 0);
}

static int connect_to_helper(void)
{
	struct sockaddr_un address;
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_int_equal(wire_address(scratch.top, &address), 0);
	if (connect(sock, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return sock;
	(void)close(sock);
	return -1;
}

/* Whether the socket of the helper is in its loop. */
static bool is_watched(void)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = &server.listener};

	return epoll_ctl(sets.loop.epoll, EPOLL_CTL_MOD, server.listener.fd, &e) == 0;
}

static void listen_failing(struct faults *f)
{
	struct nsi_fail why = {""};
	int sock, r = -1;

	faults_begin(f);
	sock = listen_own(&server, &why);
	if (sock >= 0)
		r = listen_start(&server, sock, &why);
	faults_end(f);
	faults_check(r == 0 || why.what[0], "it failed without a sentence");
	faults_check(r < 0 || is_watched(), "nobody will see a connection");
	faults_check(umask(022) == 022, "the mask of the process is another");
	if (sock >= 0)
		(void)close(sock);
}

TEST(test_each_call_fails)
{
	(void)umask(022);
	faults_sweep(listen_failing, NULL, 1);
}

/* Of a helper before, or of root's editor: it is replaced. */
TEST(test_what_is_in_its_place_is_replaced)
{
	int sock;

	assert_int_equal(scratch_write(&scratch, "helper.sock", "text"), 0);
	start();
	sock = connect_to_helper();
	assert_true(sock >= 0);
	(void)close(sock);
}

TEST(test_a_path_that_is_too_long_is_said_to_be)
{
	static char path[256];
	struct nsi_fail f = {""};

	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	sets.host.rundir = path;
	assert_int_equal(listen_own(&server, &f), -ENAMETOOLONG);
	assert_non_null(strstr(f.what, "is too long for a socket's address"));
	assert_true(listen_wait_for_other(path, -1)); /* nobody is there to be waited for */
	sets.host.rundir = scratch.top;
}

/* A login that comes then is not lost: it waits in the socket. */
TEST(test_without_descriptors_it_pauses_and_goes_on)
{
	struct rlimit before, none;
	int sock;

	start();
	sock = connect_to_helper();
	assert_true(sock >= 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	server.listener.ready(&server.listener);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(server.paused);
	assert_false(is_watched());
	assert_true(server.pause.due_us > 0);
	loop_disarm(&sets.loop, &server.pause);
	server.pause.fire(&server.pause);
	assert_true(is_watched());
	server.listener.ready(&server.listener);
	assert_false(server.paused);
	(void)close(sock);
}

/* The path may be the next helper's by then. */
TEST(test_the_end_removes_no_other_helpers_socket)
{
	struct nsi_fail f = {""};
	struct server next;
	int sock;

	start();
	server_init(&next, &sets, true);
	next.listener.fd = listen_own(&next, &f);
	assert_true(next.listener.fd >= 0);
	listen_stop(&server);
	sock = connect_to_helper();
	assert_true(sock >= 0);
	(void)close(sock);
	listen_stop(&next);
	assert_int_equal(connect_to_helper(), -1);
}

TEST(test_who_waits_for_another_helper_takes_a_free_place)
{
	NSI_AUTO_FD int lock = -EBADF;

	assert_int_equal(scratch_write(&scratch, "lock", ""), 0);
	lock = open(scratch_path(&scratch, 0, "lock"), O_RDWR | O_CLOEXEC);
	assert_true(lock >= 0);
	assert_false(listen_wait_for_other(scratch.top, lock)); /* nobody holds it */
}

/* Nothing to do for a while: a helper that a login has started ends, one of systemd's stays. */
TEST(test_an_idle_helper_ends_if_a_login_has_started_it)
{
	start();
	sets.scanner.work = sets.sweeper.work = sets.loader.work = (struct work)WORK_NONE;
	server_check_idle(&server);
	assert_true(server.idle.due_us > 0);
	loop_disarm(&sets.loop, &server.idle);
	server.idle.fire(&server.idle);
	assert_true(sets.stopping);
	assert_true(server.last.due_us > 0); /* for acknowledgements that do not come */
	server.last.fire(&server.last);
	assert_true(sets.loop.stop);
}

TEST(test_a_helper_with_something_to_do_stays)
{
	start();
	sets.scanner.work = sets.sweeper.work = sets.loader.work = (struct work)WORK_NONE;
	sets.sweeper.work.pidfd = server.listener.fd; /* it sweeps */
	server.idle.fire(&server.idle);
	assert_false(sets.stopping);
	sets.sweeper.work = (struct work)WORK_NONE;
	server.on_demand = false;
	server_check_idle(&server);
	assert_int_equal(server.idle.due_us, 0);
	server.on_demand = true;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_each_call_fails),
		CASE(test_what_is_in_its_place_is_replaced),
		CASE(test_a_path_that_is_too_long_is_said_to_be),
		CASE(test_without_descriptors_it_pauses_and_goes_on),
		CASE(test_the_end_removes_no_other_helpers_socket),
		CASE(test_who_waits_for_another_helper_takes_a_free_place),
		CASE(test_an_idle_helper_ends_if_a_login_has_started_it),
		CASE(test_a_helper_with_something_to_do_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
