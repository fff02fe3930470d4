/* SPDX-License-Identifier: MIT */
/* Calls at rest, and those whose process closes another session meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/proc.h"
#include "log/log.h"
#include "serve/call.h"
#include "serve/open.h"
#include "serve/server.h"
#include "sets/all.h"
#include "sets/session.h"
#include "tests/unit/test.h"

static struct sets sets;
static struct server server;
static unsigned taken; /* how often a message of the call was asked for */

static void count_taken(struct source *s)
{
	(void)s;
	taken++;
}

/* A call of this process over a connection whose other end is *@peer. */
static struct call *make_call(int *peer)
{
	struct call *c;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	*peer = ends[1];
	c = call_new(&server, ends[0]);
	assert_non_null(c);
	c->sock.ready = count_taken;
	c->pid = getpid();
	assert_int_equal(loop_add(&sets.loop, &c->sock, EPOLLIN), 0);
	return c;
}

/* A call that has let its login in on the host, and rests. */
static struct call *make_entered(int *peer)
{
	struct open_run o = {.call = make_call(peer)};

	o.call->pidfd = (int)pidfd_open(getpid(), 0);
	o.call->open.from = sets.host.ns;
	assert_int_equal(enter_session(&o), OPEN_WAIT);
	assert_true(o.call->rest.due_us > 0);
	return o.call;
}

static int begin(void **state)
{
	(void)state;
	sets.host.self_fd = (int)pidfd_open(getpid(), 0);
	server.sets = &sets;
	server.waits_fd = -1;
	taken = 0;
	return loop_init(&sets.loop) < 0 || proc_namespaces(getpid(), &sets.host.ns) < 0;
}

static int end(void **state)
{
	(void)state;
	while (!LIST_EMPTY(&sets.host_sessions))
		session_free(LIST_FIRST(&sets.host_sessions));
	close(sets.host.self_fd);
	loop_done(&sets.loop);
	return 0;
}

/* Runs @run on @c and returns the lines that it logs. */
static const char *log_of(void (*run)(struct call *c, const struct nsi_close *m), struct call *c,
			  const struct nsi_close *m)
{
	static char text[512];
	int before = dup(STDERR_FILENO), ends[2];
	ssize_t n;

	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	log_open(true);
	run(c, m);
	log_open(false);
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	n = read(ends[0], text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	close(before);
	close(ends[0]);
	close(ends[1]);
	return text;
}

TEST(test_a_call_at_rest_is_attended_before_another_session_is_closed)
{
	const struct nsi_close m = {.session = 999};
	int peers[2];
	struct call *closed = make_entered(&peers[0]), *closes = make_call(&peers[1]);

	closed->state = CALL_CLOSING;
	session_unwatch(LIST_FIRST(&sets.host_sessions));
	assert_string_equal(log_of(call_attend_process, closes, &m), "");
	assert_int_equal(taken, 1);
	assert_int_equal(closed->rest.due_us, 0);
	/* It is watched again, and so is the process of its session. */
	assert_int_equal(loop_add(&sets.loop, &closed->sock, EPOLLIN), -EEXIST);
	assert_int_equal(loop_add(&sets.loop, &LIST_FIRST(&sets.host_sessions)->process, EPOLLIN),
			 -EEXIST);
	closed->state = CALL_FRESH;
	call_free(closed);
	call_free(closes);
	close(peers[0]);
	close(peers[1]);
}

TEST(test_a_call_that_does_not_rest_any_more_is_not_watched_twice)
{
	const struct nsi_close m = {.session = 999};
	int peers[2];
	struct call *closed = make_entered(&peers[0]), *closes = make_call(&peers[1]);

	closed->state = CALL_CLOSING;
	session_unwatch(LIST_FIRST(&sets.host_sessions));
	call_attend_others(closes, NULL);
	assert_int_equal(taken, 1);
	assert_string_equal(log_of(call_attend_process, closes, &m), "");
	assert_int_equal(taken, 2); /* its message is asked for all the same */
	closed->state = CALL_FRESH;
	call_free(closed);
	call_free(closes);
	close(peers[0]);
	close(peers[1]);
}

/* The open of the very session that is closed tells nothing of others. */
TEST(test_the_open_of_the_session_that_is_closed_is_left_alone)
{
	int peers[2];
	struct call *opened = make_entered(&peers[0]), *closes = make_call(&peers[1]);
	const struct nsi_close m = {.set = opened->session_set, .session = opened->session_id};

	assert_string_equal(log_of(call_attend_process, closes, &m), "");
	assert_int_equal(taken, 0);
	assert_true(opened->rest.due_us > 0);
	opened->state = CALL_FRESH;
	call_free(opened);
	call_free(closes);
	close(peers[0]);
	close(peers[1]);
}

/* How often the call at rest of @opened was asked for its message before an open of @uid was decided. */
static unsigned taken_before_open_of(struct call *decided, struct call *opened, uint32_t uid)
{
	const struct nsi_open open = {.uid = uid};

	taken = 0;
	call_rest(opened);
	call_attend_others(decided, &open);
	return taken;
}

TEST(test_an_open_does_not_wait_for_one_of_another_user)
{
	static struct set set;
	int peers[2];
	struct call *opened = make_entered(&peers[0]), *decided = make_call(&peers[1]);
	const uint64_t session_set = opened->session_set;

	assert_int_equal(taken_before_open_of(decided, opened, 2002), 1); /* on the host */
	set.sets = &sets;
	set.rec.id = 7;
	set.rec.scope = POL_SCOPE_USER;
	index_add(&sets.index, &set);
	opened->session_set = 7;
	opened->open.uid = 2001;
	assert_int_equal(taken_before_open_of(decided, opened, 2002), 1); /* the same process */
	opened->pid++;
	assert_int_equal(taken_before_open_of(decided, opened, 2002), 0);
	assert_true(opened->rest.due_us > 0);
	assert_int_equal(taken_before_open_of(decided, opened, 2001), 1);
	set.rec.scope = POL_SCOPE_GROUP;
	assert_int_equal(taken_before_open_of(decided, opened, 2002), 1);
	set.rec.scope = POL_SCOPE_SESSION;
	opened->state = CALL_CLOSING;
	assert_int_equal(taken_before_open_of(decided, opened, 2002), 1);
	index_remove(&sets.index, &set);
	opened->session_set = session_set;
	opened->state = CALL_FRESH;
	call_free(opened);
	call_free(decided);
	close(peers[0]);
	close(peers[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_a_call_at_rest_is_attended_before_another_session_is_closed, begin,
			end),
		cmocka_unit_test_setup_teardown(
			test_a_call_that_does_not_rest_any_more_is_not_watched_twice, begin, end),
		cmocka_unit_test_setup_teardown(
			test_the_open_of_the_session_that_is_closed_is_left_alone, begin, end),
		cmocka_unit_test_setup_teardown(test_an_open_does_not_wait_for_one_of_another_user,
						begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
