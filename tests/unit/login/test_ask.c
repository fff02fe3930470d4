/* SPDX-License-Identifier: MIT */
/* The request of a login: until it is decided, by a helper that is a child of this test */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/fail.h"
#include "login/args.h"
#include "login/client.h"
#include "login/place.h"
#include "tests/unit/faults.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static struct scratch dir;
static struct client_call call;
static struct nsi_fail f;
static unsigned answers; /* how often NSI_NEED was answered */
static int answer_result;

static int begin(void **state)
{
	(void)state;
	f = (struct nsi_fail){""};
	answers = 0;
	answer_result = 0;
	client_init(&call, 30);
	return scratch_make(&dir);
}

static int end(void **state)
{
	(void)state;
	client_done(&call);
	scratch_done(&dir);
	return 0;
}

static struct nsi_reply reply_of(enum nsi_type type)
{
	struct nsi_reply m = {.h = wire_header(type), .set = 7};

	(void)snprintf(m.text, sizeof(m.text), "so it is");
	return m;
}

/* A child that hangs up on @lost requests, and sends each reply for a message of the next one. */
static pid_t start_helper(unsigned lost, const struct nsi_reply *replies, unsigned count)
{
	struct sockaddr_un address;
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	union nsi_message m;
	pid_t pid;

	assert_int_equal(wire_address(dir.top, &address), 0);
	assert_int_equal(bind(sock, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(sock, 4), 0);
	pid = fork();
	if (pid != 0) {
		close(sock);
		return pid;
	}
	(void)alarm(60);
	for (; lost > 0; lost--) {
		int c = accept(sock, NULL, NULL);

		(void)!recv(c, &m, sizeof(m), 0);
		close(c);
	}
	if (count > 0) {
		int c = accept(sock, NULL, NULL);

		for (unsigned i = 0; i < count; i++)
			if (recv(c, &m, sizeof(m), 0) <= 0 ||
			    wire_send(c, &replies[i].h, NULL, 0) < 0)
				_exit(1);
		while (recv(c, &m, sizeof(m), 0) > 0)
			;
	}
	_exit(0);
}

static void end_helper(pid_t pid)
{
	int status;

	client_done(&call); /* it waits for that */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Answers an NSI_NEED with a message, as the groups of an account are one. */
static int answer(void *arg, struct client_call *c, struct nsi_fail *fail)
{
	const struct nsi_ack ack = {.h = wire_header(NSI_ACK)};

	assert_ptr_equal(arg, &answers);
	answers++;
	return answer_result < 0 ? fail_set(fail, -answer_result, "no answer")
				 : client_send(c, &ack.h, -EBADF, fail);
}

static int ask(bool may_start)
{
	const struct module_args args = {.config = "/none",
					 .rundir = dir.top,
					 .statedir = "/none",
					 .helper = "/none",
					 .timeout = 30};
	const struct nsi_open open = {.h = wire_header(NSI_OPEN)};
	const struct asking a = {&call, &args, &open, answer, &answers};

	return ask_open(&a, may_start, &f);
}

TEST(test_no_helper)
{
	assert_int_equal(ask(false), CLIENT_NO_HELPER);
	assert_int_equal(ask(true), -ENOENT);
	assert_string_equal(f.what, "cannot start the helper /none: No such file or directory");
}

TEST(test_a_decision)
{
	const struct nsi_reply m = reply_of(NSI_REFUSED);
	pid_t helper = start_helper(0, &m, 1);

	assert_int_equal(ask(false), 0);
	assert_int_equal(call.reply.h.type, NSI_REFUSED);
	assert_string_equal(call.reply.text, "so it is");
	assert_int_equal(answers, 0);
	end_helper(helper);
}

TEST(test_questions_before_the_decision)
{
	const struct nsi_reply replies[] = {reply_of(NSI_NEED), reply_of(NSI_NEED),
					    reply_of(NSI_SKIP)};
	pid_t helper = start_helper(0, replies, 3);

	assert_int_equal(ask(false), 0);
	assert_int_equal(call.reply.h.type, NSI_SKIP);
	assert_int_equal(answers, 2);
	end_helper(helper);
}

TEST(test_a_question_that_cannot_be_answered)
{
	const struct nsi_reply m = reply_of(NSI_NEED);
	pid_t helper = start_helper(0, &m, 1);

	answer_result = -ESRCH;
	assert_int_equal(ask(false), -ESRCH);
	assert_string_equal(f.what, "no answer");
	assert_int_equal(answers, 1); /* another try would not be answered either */
	end_helper(helper);
}

/* A helper that dies is asked again, and nothing of its sentence is left. */
TEST(test_a_helper_that_hangs_up)
{
	const struct nsi_reply m = reply_of(NSI_SKIP);
	pid_t helper = start_helper(2, &m, 1);

	assert_int_equal(ask(false), 0);
	assert_int_equal(call.reply.h.type, NSI_SKIP);
	assert_string_equal(f.what, "");
	end_helper(helper);
}

TEST(test_no_time_is_left)
{
	call.deadline_us = clock_now_us();
	assert_true(ask(true) < 0);
	assert_int_equal(call.sock, -EBADF);
}

/* A call whose other end is ours, and is returned. */
static int begin_call(void)
{
	int pair[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	call.sock = pair[0];
	return pair[1];
}

/* Compares what the helper is told at the end. */
static void expect_told(int theirs, enum nsi_entered want)
{
	struct nsi_ack ack = {.entered = 99};

	assert_int_equal(recv(theirs, &ack, sizeof(ack), MSG_DONTWAIT), (ssize_t)sizeof(ack));
	assert_int_equal(ack.h.type, NSI_ACK);
	assert_int_equal(ack.entered, want);
}

TEST(test_the_helper_is_told)
{
	int theirs = begin_call();

	ask_acknowledge(&call, true);
	expect_told(theirs, NSI_ENTERED);
	ask_acknowledge(&call, false);
	expect_told(theirs, NSI_STAYED);
	close(theirs);
	ask_acknowledge(&call, true); /* nobody is there, and no signal comes */
}

TEST(test_nothing_to_enter)
{
	struct place place = {.ns_dir = -EBADF};
	int theirs = begin_call();

	call.reply = reply_of(NSI_ENTER);
	assert_int_equal(ask_enter(&call, &place, 1, &f), 0);
	assert_int_equal(call.ways, 1);
	assert_false(place.is_by_type);
	place_done(&place);
	close(theirs);
}

/* The answer of the helper to a process that may not use a pidfd, and the outcome */
struct refused {
	enum nsi_type type;
	bool has_fd;
	int want;
	const char *what;
};

/* With setns(2) refused, as it is without the right to trace the process. */
static void check_refused(void *arg)
{
	const struct refused *row = arg;
	struct nsi_reply m = reply_of(row->type);
	struct place place = {.ns_dir = -EBADF};
	const int uts = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	int theirs = begin_call(), r;
	struct nsi_ack ack;

	m.types = ns_bit(NS_UTS);
	faults_check(wire_send(theirs, &m.h, &uts, row->has_fd ? 1 : 0) == 0, "not sent");
	call.reply = reply_of(NSI_ENTER);
	call.reply.types = ns_bit(NS_UTS);
	call.fds[0] = (int)pidfd_open(getpid(), 0);
	call.fd_count = 1;
	faults_refuse(SYS_setns, EPERM);
	r = ask_enter(&call, &place, 1, &f);
	faults_check(r == row->want, "%d is not %d: %s", r, row->want, f.what);
	faults_check(strstr(f.what, row->what) != NULL, "%s", f.what);
	faults_check(recv(theirs, &ack, sizeof(ack), MSG_DONTWAIT) == sizeof(ack) &&
			     ack.entered == NSI_NOT_PERMITTED,
		     "the helper was not asked");
	faults_check(place.is_by_type == row->has_fd, "by type: %d", place.is_by_type);
}

TEST(test_a_pidfd_that_may_not_be_used)
{
	static struct refused rows[] = {
		{NSI_REFUSED, false, -EPERM, "so it is"},
		{NSI_ENTER, false, -EBADMSG, "lacks its descriptor"},
		{NSI_ENTER, true, -EPERM, "cannot enter the"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		faults_apart(check_refused, &rows[i]);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_no_helper),
		CASE(test_a_decision),
		CASE(test_questions_before_the_decision),
		CASE(test_a_question_that_cannot_be_answered),
		CASE(test_a_helper_that_hangs_up),
		CASE(test_no_time_is_left),
		CASE(test_the_helper_is_told),
		CASE(test_nothing_to_enter),
		CASE(test_a_pidfd_that_may_not_be_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
