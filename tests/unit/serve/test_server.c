/* SPDX-License-Identifier: MIT */
/* When a helper has nothing left to do, and how it ends without losing a login */
#include "serve/server.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "serve/call.h"
#include "serve/listen.h"
#include "serve/open.h"
#include "sets/all.h"
#include "sets/set.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"
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
	sets.spare.sets = &sets;
	sets.spare.anchor.pidfd = -EBADF;
	sets.sentinels = (struct sentinels){.sets = &sets, .events = {.fd = -EBADF}};
	sets.scanner.work = sets.sweeper.work = sets.loader.work = (struct work)WORK_NONE;
	server_init(&server, &sets, true);
	sets.loader.arg = &server;
	return 0;
}

static int end(void **state)
{
	(void)state;
	listen_stop(&server);
	while (!LIST_EMPTY(&server.calls))
		call_free(LIST_FIRST(&server.calls));
	while (!LIST_EMPTY(&sets.all))
		set_free(LIST_FIRST(&sets.all));
	loop_disarm(&sets.loop, &server.idle);
	loop_disarm(&sets.loop, &server.last);
	loop_done(&sets.loop);
	scratch_done(&scratch);
	return 0;
}

static bool is_about_to_end(void)
{
	server_check_idle(&server);
	return server.idle.due_us > 0;
}

TEST(test_a_request_keeps_the_helper)
{
	struct call *call = call_new(&server, -EBADF);

	assert_non_null(call);
	assert_false(is_about_to_end());
	call_free(call);
	assert_true(is_about_to_end());
	assert_non_null(call_new(&server, -EBADF)); /* it comes in time */
	assert_false(is_about_to_end());
}

TEST(test_a_set_keeps_the_helper)
{
	const struct set_record rec = {.id = 1, .uid = 1000};
	struct set *set = set_adopt(&sets, &rec, -EBADF);

	assert_non_null(set);
	assert_false(is_about_to_end());
	set_free(set);
	assert_true(is_about_to_end());
}

TEST(test_a_session_on_the_host_keeps_the_helper)
{
	static struct session session;

	LIST_INSERT_HEAD(&sets.host_sessions, &session, link);
	assert_false(is_about_to_end());
	LIST_REMOVE(&session, link);
	assert_true(is_about_to_end());
}

/* Asked before each wait of the loop: it would never end if each of these put it off. */
TEST(test_the_end_is_not_put_off_by_asking)
{
	uint64_t due;

	assert_true(is_about_to_end());
	due = server.idle.due_us;
	assert_true(is_about_to_end());
	assert_true(server.idle.due_us == due);
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

TEST(test_a_helper_that_stops_answers_whom_it_has_accepted_and_nobody_else)
{
	struct call *call = call_new(&server, -EBADF);
	struct nsi_fail f = {""};
	int sock = listen_own(&server, &f);

	assert_non_null(call);
	assert_true(sock >= 0);
	assert_int_equal(listen_start(&server, sock, &f), 0);
	server_stop(&server);
	server_stop(&server); /* told twice */
	assert_int_equal(connect_to_helper(), -1);
	server_check_idle(&server);
	assert_false(sets.loop.stop);
	call_free(call);
	server_check_idle(&server);
	assert_true(sets.loop.stop);
}

TEST(test_a_helper_that_stops_leaves_its_sets)
{
	const struct set_record rec = {.id = 1, .uid = 1000};

	assert_non_null(set_adopt(&sets, &rec, -EBADF));
	server_stop(&server);
	server_check_idle(&server);
	assert_true(sets.loop.stop);
	assert_false(LIST_EMPTY(&sets.all));
}

TEST(test_logins_that_wait_for_the_policy_go_on_with_it)
{
	struct call *waits = call_new(&server, -EBADF), *other = call_new(&server, -EBADF);

	assert_non_null(waits);
	assert_non_null(other);
	waits->state = CALL_POLICY;
	other->state = CALL_SET;
	sets.loader.is_same = true; /* it was read again, and says the same */
	server.reloading = true;
	server_on_policy(&sets.loader);
	assert_true(waits->resume.is_posted);
	assert_int_equal(waits->step, OPEN_RULE);
	assert_false(other->resume.is_posted);
	assert_false(server.reloading);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_request_keeps_the_helper),
		CASE(test_a_set_keeps_the_helper),
		CASE(test_a_session_on_the_host_keeps_the_helper),
		CASE(test_the_end_is_not_put_off_by_asking),
		CASE(test_a_helper_that_stops_answers_whom_it_has_accepted_and_nobody_else),
		CASE(test_a_helper_that_stops_leaves_its_sets),
		CASE(test_logins_that_wait_for_the_policy_go_on_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
