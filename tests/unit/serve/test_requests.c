/* SPDX-License-Identifier: MIT */
/* Requests by a connection: each has one answer with a sentence, or finds the connection closed; nothing is left of any */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/proc.h"
#include "serve/call.h"
#include "serve/server.h"
#include "sets/all.h"
#include "sets/session.h"
#include "sets/set.h"
#include "state/record.h"
#include "tests/unit/faults.h"
#include "tests/unit/idle_sets.h"
#include "tests/unit/scratch.h"
#include "wire/wire.h"

enum {
	SET_ID = 4
};

static struct scratch scratch;
static struct sets sets;
static struct server server;
static struct set *set;

static int begin(void **state)
{
	struct set_record rec = {.id = SET_ID, .types = ns_bit(NS_MNT)};
	int record;

	(void)state;
	if (scratch_make(&scratch) < 0 ||
	    idle_sets_make(&sets, scratch.top,
			   open(scratch.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC), -EBADF) < 0 ||
	    proc_namespaces(getpid(), &sets.host.ns) < 0)
		return -1;
	server_init(&server, &sets, false);
	server.waits_fd = -EBADF;
	server.decisions.fd = -EBADF;
	record = record_create(sets.host.sets_fd, &rec);
	set = record < 0 ? NULL : set_adopt(&sets, &rec, record);
	return set ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	while (!LIST_EMPTY(&server.calls))
		call_free(LIST_FIRST(&server.calls));
	idle_sets_done(&sets);
	scratch_done(&scratch);
	return 0;
}

/* Has the helper take @m, which waits in the connection.  Returns the other end of it. */
static int ask(const union nsi_message *m, const int *fds, unsigned count)
{
	int ends[2];

	if (geteuid() != 0) /* the helper hears nobody else */
		skip();
	faults_check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) ==
				     0 &&
			     wire_send(ends[0], &m->h, fds, count) == 0,
		     "no connection");
	request_new(&server, ends[1]);
	return ends[0];
}

/* Returns the type of the answer; 0: the connection is closed; or -errno, -EAGAIN if there is none yet. */
static int answer(int sock, union nsi_message *ret)
{
	int fds[NSI_FDS_MAX];
	unsigned count = 0;
	int r = wire_receive(sock, ret, fds, &count);

	for (unsigned i = 0; r == 1 && i < count; i++)
		nsi_closep(&fds[i]);
	(void)close(sock);
	return r == 1 ? ret->h.type : r;
}

/* The answer to @m is of the type @type, and says @text; and the call is over. */
static void expect(const union nsi_message *m, enum nsi_type type, const char *text)
{
	union nsi_message got;

	assert_int_equal(answer(ask(m, NULL, 0), &got), type);
	assert_non_null(strstr(type == NSI_DONE ? "" : got.reply.text, text));
	assert_true(LIST_EMPTY(&server.calls));
}

static union nsi_message retire_of(uint64_t id, bool refresh)
{
	return (union nsi_message){
		.retire = {.h = wire_header(NSI_RETIRE), .set = id, .refresh = refresh}};
}

TEST(test_what_an_administrator_asks_for)
{
	const union nsi_message ping = {.h = wire_header(NSI_PING)};
	const union nsi_message collect = {.h = wire_header(NSI_COLLECT)};
	const union nsi_message none = retire_of(SET_ID + 1, false), one = retire_of(SET_ID, false);

	expect(&ping, NSI_DONE, "");
	expect(&collect, NSI_DONE, "");
	expect(&none, NSI_REFUSED, "there is no set 5");
	set->state = SET_BUILDING;
	expect(&one, NSI_REFUSED, "set 4 is being built for a login");
	set->state = SET_LIVE;
	set->session_count = 2;
	expect(&one, NSI_REFUSED, "set 4 has 2 sessions; --force ends them");
	set->session_count = 0;
}

TEST(test_a_set_is_retired_on_record_or_not_at_all)
{
	const union nsi_message refresh = retire_of(SET_ID, true);
	int sets_fd = sets.host.sets_fd;

	sets.host.sets_fd = -EBADF;
	expect(&refresh, NSI_REFUSED, "cannot write the record of set 4");
	sets.host.sets_fd = sets_fd;
	assert_false(set->rec.is_retired);
	expect(&refresh, NSI_DONE, "");
	assert_true(set->rec.is_retired);
}

TEST(test_an_open_says_whose_session_it_is)
{
	const union nsi_message open = {.open = {.h = wire_header(NSI_OPEN), .user = "alice"}};
	NSI_AUTO_FD int file = memfd_create("file", MFD_CLOEXEC);
	union nsi_message got;

	expect(&open, NSI_REFUSED, "the request does not say whose session it is");
	assert_int_equal(answer(ask(&open, &file, 1), &got), NSI_REFUSED); /* it is no pidfd */
	assert_non_null(strstr(got.reply.text, "does not say whose session it is"));
	assert_true(LIST_EMPTY(&server.calls));
}

TEST(test_a_close_of_a_session_that_is_over)
{
	const union nsi_message m = {
		.close = {.h = wire_header(NSI_CLOSE), .set = SET_ID, .session = 1}};

	expect(&m, NSI_SKIP, "there is no such session any more");
}

/* Messages that come too early: a login that is not let in acknowledges nothing. */
TEST(test_what_is_no_first_message_closes_the_connection)
{
	const union nsi_message ack = {.ack = {.h = wire_header(NSI_ACK), .entered = NSI_ENTERED}};
	union nsi_message got;

	assert_int_equal(answer(ask(&ack, NULL, 0), &got), 0);
	assert_true(LIST_EMPTY(&server.calls));
}

TEST(test_who_leaves_without_a_word_leaves_nothing)
{
	int ends[2];

	if (geteuid() != 0)
		skip();
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
	request_new(&server, ends[1]);
	assert_false(LIST_EMPTY(&server.calls)); /* its request may be on its way */
	(void)close(ends[0]);
	LIST_FIRST(&server.calls)->sock.ready(&LIST_FIRST(&server.calls)->sock);
	assert_true(LIST_EMPTY(&server.calls));
}

/* Groups of a user that no module sends in so many messages. */
TEST(test_more_groups_than_a_user_can_have)
{
	static union nsi_message m;
	const unsigned most = sizeof(m.account.groups) / sizeof(m.account.groups[0]);
	union nsi_message got;
	struct call *c;
	int ends[2];

	if (geteuid() != 0)
		skip();
	m.account = (struct nsi_account){.h = wire_header(NSI_ACCOUNT), .count = most};
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
	request_new(&server, ends[1]);
	c = LIST_FIRST(&server.calls);
	c->state = CALL_ACCOUNTS;
	for (unsigned sent = 0; !LIST_EMPTY(&server.calls); sent += most) {
		assert_true(sent <= NSI_GROUPS_MAX);
		assert_int_equal(wire_send(ends[0], &m.h, NULL, 0), 0);
		c->sock.ready(&c->sock);
	}
	assert_int_equal(answer(ends[0], &got), NSI_REFUSED);
	assert_non_null(strstr(got.reply.text, "cannot store the groups of the user"));
}

static void ask_failing(struct faults *f)
{
	const union nsi_message m = *(const union nsi_message *)f->arg;
	union nsi_message got = {.h.type = 0};
	int ends[2], type;

	f->fds = faults_count_fds();
	faults_check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) ==
				     0 &&
			     wire_send(ends[0], &m.h, NULL, 0) == 0,
		     "no connection");
	f->shared->is_on = 1;
	request_new(&server, ends[1]);
	f->shared->is_on = 0;
	type = answer(ends[0], &got);
	faults_check(type != -EAGAIN, "it waits for ever");
	faults_check(type != NSI_REFUSED || got.reply.text[0], "it is refused without a sentence");
	faults_check(type == 0 || type == NSI_REFUSED || f->shared->failed == -1 ||
			     type == NSI_DONE || type == NSI_SKIP,
		     "the answer is of type %d", type);
	faults_check(LIST_EMPTY(&server.calls), "the call is not over");
	faults_check(type != NSI_DONE || m.h.type != NSI_RETIRE || set->rec.is_retired,
		     "it was not done");
}

TEST(test_each_call_of_a_request_fails)
{
	static union nsi_message m[3];

	if (geteuid() != 0)
		skip();
	m[0].h = wire_header(NSI_PING);
	m[1] = retire_of(SET_ID, true);
	m[2].close = (struct nsi_close){.h = wire_header(NSI_CLOSE), .set = SET_ID, .session = 1};
	for (unsigned i = 0; i < sizeof(m) / sizeof(m[0]); i++)
		faults_sweep(ask_failing, &m[i], 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_what_an_administrator_asks_for),
		CASE(test_a_set_is_retired_on_record_or_not_at_all),
		CASE(test_an_open_says_whose_session_it_is),
		CASE(test_a_close_of_a_session_that_is_over),
		CASE(test_what_is_no_first_message_closes_the_connection),
		CASE(test_who_leaves_without_a_word_leaves_nothing),
		CASE(test_more_groups_than_a_user_can_have),
		CASE(test_each_call_of_a_request_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
