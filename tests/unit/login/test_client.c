/* SPDX-License-Identifier: MIT */
/* The module's connection, to a helper that is this test. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "login/args.h"
#include "login/client.h"
#include "tests/unit/test.h"

static char rundir[] = "/tmp/nsi-client.XXXXXX";
static struct client_call call;
static struct nsi_fail f;

static struct module_args args_of(const char *dir)
{
	return (struct module_args){.config = "/none",
				    .rundir = dir,
				    .statedir = "/none",
				    .helper = "/none",
				    .timeout = 1};
}

/* A socket of a helper that takes @backlog connections and answers none. */
static int listen_here(int backlog)
{
	struct sockaddr_un address;
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_int_equal(wire_address(rundir, &address), 0);
	(void)unlink(address.sun_path);
	assert_int_equal(bind(sock, (const struct sockaddr *)&address, sizeof(address)), 0);
	if (backlog >= 0)
		assert_int_equal(listen(sock, backlog), 0);
	return sock;
}

static int connect_here(bool may_start)
{
	const struct module_args args = args_of(rundir);

	f = (struct nsi_fail){""};
	return client_connect(&call, &args, may_start, &f);
}

/* A call whose other end is ours, and is returned. */
static int begin_call(unsigned timeout)
{
	int pair[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	client_init(&call, timeout);
	call.sock = pair[0];
	f = (struct nsi_fail){""};
	return pair[1];
}

TEST(test_no_helper)
{
	const char *const places[] = {"/nowhere/at/all", "/dev/null"};

	for (unsigned i = 0; i < 2; i++) {
		const struct module_args args = args_of(places[i]);

		client_init(&call, 1);
		assert_int_equal(client_connect(&call, &args, false, &f), CLIENT_NO_HELPER);
		assert_int_equal(client_connect(&call, &args, true, &f), -ENOENT);
		assert_string_equal(f.what,
				    "cannot start the helper /none: No such file or directory");
		f = (struct nsi_fail){""};
		client_done(&call);
	}
}

TEST(test_a_socket_that_nobody_listens_on)
{
	int sock = listen_here(-1);

	client_init(&call, 1);
	assert_int_equal(connect_here(false), CLIENT_NO_HELPER);
	client_done(&call);
	close(sock);
}

TEST(test_a_rundir_that_is_too_long)
{
	char dir[200];
	const struct module_args args = args_of(memset(dir, 'a', sizeof(dir)));

	dir[0] = '/';
	dir[sizeof(dir) - 1] = '\0';
	client_init(&call, 1);
	assert_int_equal(client_connect(&call, &args, true, &f), -ENAMETOOLONG);
	assert_non_null(strstr(f.what, "too long"));
}

/* Linux queues one connection more than the backlog. */
TEST(test_a_helper_that_accepts_nobody_is_waited_for_until_the_deadline)
{
	int sock = listen_here(0);
	struct client_call first;

	client_init(&call, 1);
	assert_int_equal(connect_here(true), 0);
	first = call;
	client_init(&call, 0);
	assert_int_equal(connect_here(true), -ETIMEDOUT);
	assert_non_null(strstr(f.what, "did not accept"));
	client_init(&call, 1);
	call.deadline_us = clock_now_us() + 20000;
	assert_int_equal(connect_here(true), -ETIMEDOUT);
	client_done(&first);
	client_done(&call);
	close(sock);
}

TEST(test_an_answer_that_does_not_come)
{
	int theirs = begin_call(0);

	assert_int_equal(client_receive(&call, &f), -ETIMEDOUT);
	assert_string_equal(f.what, "the helper did not answer in time");
	close(theirs);
	client_done(&call);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* Signals of the application neither end the wait nor make it longer. */
TEST(test_a_wait_that_signals_interrupt)
{
	struct sigaction sa = {.sa_handler = on_alarm};
	const struct itimerval often = {{.tv_usec = 5000}, {.tv_usec = 5000}}, never = {{0}, {0}};
	int theirs = begin_call(0);

	call.deadline_us = clock_now_us() + 60000;
	assert_int_equal(sigaction(SIGALRM, &sa, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(client_receive(&call, &f), -ETIMEDOUT);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	close(theirs);
	client_done(&call);
}

static struct nsi_reply reply_of(enum nsi_type type)
{
	return (struct nsi_reply){.h = wire_header(type), .set = 7};
}

TEST(test_an_answer_with_descriptors)
{
	const struct nsi_reply m = reply_of(NSI_ENTER);
	const int fds[] = {0, 1};
	int theirs = begin_call(5);

	assert_int_equal(wire_send(theirs, &m.h, fds, 2), 0);
	assert_int_equal(client_receive(&call, &f), 0);
	assert_int_equal(call.reply.set, 7);
	assert_int_equal(call.fd_count, 2);
	assert_int_equal(fcntl(call.fds[1], F_GETFD), FD_CLOEXEC);
	/* The next one closes those of the last. */
	assert_int_equal(wire_send(theirs, &m.h, NULL, 0), 0);
	assert_int_equal(client_receive(&call, &f), 0);
	assert_int_equal(call.fd_count, 0);
	assert_int_equal(call.fds[0], -EBADF);
	close(theirs);
	client_done(&call);
}

/* Compares the result of an answer, which is given byte by byte. */
static void expect_answer(const void *m, size_t size, int want, const char *why)
{
	int theirs = begin_call(5);

	assert_int_equal(send(theirs, m, size, 0), (ssize_t)size);
	assert_int_equal(client_receive(&call, &f), want);
	if (!strstr(f.what, why))
		fail_msg("\"%s\" lacks \"%s\"", f.what, why);
	close(theirs);
	client_done(&call);
}

TEST(test_answers_of_others)
{
	const struct nsi_ack request = {.h = wire_header(NSI_ACK)};
	struct nsi_reply m = reply_of(NSI_DONE);

	m.h.version = NSI_WIRE_VERSION + 1;
	expect_answer(&m, sizeof(m), -EOPNOTSUPP, "restart the program");
	m.h.version = NSI_WIRE_VERSION - 1;
	expect_answer(&m, sizeof(m), -EPROTO, "restart it");
	m = reply_of(NSI_DONE);
	m.h.magic++;
	expect_answer(&m, sizeof(m), -EBADMSG, "cannot read");
	m = reply_of(NSI_DONE);
	expect_answer(&m, sizeof(m) - 1, -EBADMSG, "cannot read");
	memset(m.text, 'a', sizeof(m.text));
	expect_answer(&m, sizeof(m), -EBADMSG, "cannot read");
	expect_answer(&request, sizeof(request), -EBADMSG, "reply is invalid");
}

TEST(test_a_helper_that_hangs_up)
{
	const struct nsi_ack ack = {.h = wire_header(NSI_ACK)};
	int theirs = begin_call(5);

	close(theirs);
	assert_int_equal(client_receive(&call, &f), -EPIPE);
	assert_string_equal(f.what, "the helper closed the connection without a reply");
	f = (struct nsi_fail){""};
	assert_int_equal(client_send(&call, &ack.h, -EBADF, &f), -EPIPE);
	assert_non_null(strstr(f.what, "cannot ask the helper"));
	client_done(&call);
}

/* A helper that cannot start says why, and ends: before it is asked, or without having read it. */
TEST(test_a_helper_that_answers_and_hangs_up)
{
	const struct nsi_ack ack = {.h = wire_header(NSI_ACK)};
	const struct nsi_reply m = reply_of(NSI_REFUSED);

	for (int is_asked = 0; is_asked < 2; is_asked++) {
		int theirs = begin_call(5);

		if (is_asked)
			assert_int_equal(client_send(&call, &ack.h, -EBADF, &f), 0);
		assert_int_equal(wire_send(theirs, &m.h, NULL, 0), 0);
		close(theirs);
		if (!is_asked)
			assert_int_equal(client_send(&call, &ack.h, -EBADF, &f), -EPIPE);
		assert_int_equal(client_receive(&call, &f), 0);
		assert_int_equal(call.reply.h.type, NSI_REFUSED);
		assert_int_equal(client_receive(&call, &f), -EPIPE);
		client_done(&call);
	}
}

/* Once its queue is full, a helper that does not read is waited for. */
TEST(test_a_helper_that_does_not_read)
{
	const struct nsi_ack ack = {.h = wire_header(NSI_ACK)};
	int theirs = begin_call(0), r;

	call.deadline_us = clock_now_us() + 20000;
	do
		r = client_send(&call, &ack.h, 0, &f);
	while (r == 0);
	assert_int_equal(r, -ETIMEDOUT);
	close(theirs);
	client_done(&call);
}

static int begin_group(void **state)
{
	(void)state;
	return mkdtemp(rundir) ? 0 : -1;
}

static int end_group(void **state)
{
	char path[64];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/helper.sock", rundir);
	(void)unlink(path);
	return rmdir(rundir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_helper),
		cmocka_unit_test(test_a_socket_that_nobody_listens_on),
		cmocka_unit_test(test_a_rundir_that_is_too_long),
		cmocka_unit_test(
			test_a_helper_that_accepts_nobody_is_waited_for_until_the_deadline),
		cmocka_unit_test(test_an_answer_that_does_not_come),
		cmocka_unit_test(test_a_wait_that_signals_interrupt),
		cmocka_unit_test(test_an_answer_with_descriptors),
		cmocka_unit_test(test_answers_of_others),
		cmocka_unit_test(test_a_helper_that_hangs_up),
		cmocka_unit_test(test_a_helper_that_answers_and_hangs_up),
		cmocka_unit_test(test_a_helper_that_does_not_read),
	};

	return cmocka_run_group_tests(tests, begin_group, end_group);
}
