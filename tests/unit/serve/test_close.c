/* SPDX-License-Identifier: MIT */
/* The close of a session, also of one that has joined by the page and is not collected yet, and of a set */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/proc.h"
#include "policy/image.h"
#include "serve/call.h"
#include "serve/server.h"
#include "sets/all.h"
#include "sets/session.h"
#include "sets/set.h"
#include "state/decisions.h"
#include "state/record.h"
#include "tests/unit/joins/page.h"
#include "tests/unit/process.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

enum {
	SET_ID = 5,
	SLOT = 3,
	SESSION_ID = 77,
};

static struct scratch scratch;
static struct sets sets;
static struct server server;
static struct decisions decisions = {.fd = -EBADF};
static struct set *set;
static int module; /* the other end of the connection */
static pid_t login;

static const struct nsi_close close_it = {.set = SET_ID, .session = SESSION_ID};

static int begin(void **state)
{
	struct set_record rec = {
		.id = SET_ID, .types = ns_bit(NS_MNT), .on_last_close = POL_LAST_WAIT};
	int record;

	(void)state;
	memset(&sets, 0, sizeof(sets));
	if (scratch_make(&scratch) < 0 || loop_init(&sets.loop) < 0 ||
	    proc_namespaces(getpid(), &sets.host.ns) < 0)
		return -1;
	sets.host.rundir = scratch.top;
	sets.host.sets_fd = open(scratch.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sets.host.etc_fd = sets.host.self_fd = -EBADF;
	sets.sentinels = (struct sentinels){.sets = &sets, .events = {.fd = -EBADF}};
	sets.scanner.sets = &sets;
	/* One is under way for ever, and nothing is forked. */
	sets.scanner.work.pidfd = sets.sweeper.work.pidfd = sets.host.sets_fd;
	sets.spare.anchor.pidfd = -EBADF;
	sets.joins = (struct joins){.loop = &sets.loop, .fd = -EBADF, .decisions = &decisions};
	sets.joins.page = page_make();
	server = (struct server){.sets = &sets, .waits_fd = -EBADF};
	record = record_create(sets.host.sets_fd, &rec);
	set = record >= 0 ? set_adopt(&sets, &rec, record) : NULL;
	login = process_start();
	return set && sets.joins.page && login > 0 ? 0 : -1;
}

static void end_login(void)
{
	(void)kill(login, SIGKILL);
	(void)waitpid(login, NULL, 0);
}

static int end(void **state)
{
	(void)state;
	end_login();
	while (!LIST_EMPTY(&server.calls))
		call_free(LIST_FIRST(&server.calls));
	while (!LIST_EMPTY(&sets.all))
		set_free(LIST_FIRST(&sets.all));
	loop_disarm(&sets.loop, &sets.joins.look);
	loop_done(&sets.loop);
	free(sets.joins.page);
	nsi_closep(&sets.host.sets_fd);
	nsi_closep(&module);
	scratch_done(&scratch);
	return 0;
}

/* A call of the login's. */
static struct call *make_call(void)
{
	struct call *c;
	int ends[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
	module = ends[1];
	c = call_new(&server, ends[0]);
	assert_non_null(c);
	c->pid = login;
	c->peer = (int)pidfd_open(login, 0);
	assert_true(c->peer >= 0);
	assert_int_equal(loop_add(&sets.loop, &c->sock, EPOLLIN), 0);
	return c;
}

static void answer_is(uint32_t type, const char *text)
{
	union nsi_message m = {0};
	int fds[NSI_FDS_MAX];
	unsigned count = 0;

	assert_int_equal(wire_receive(module, &m, fds, &count), 1);
	for (unsigned i = 0; i < count; i++)
		(void)close(fds[i]);
	assert_int_equal(m.h.type, type);
	if (text && !strstr(m.reply.text, text))
		fail_msg("the answer is \"%s\", not \"%s\"", m.reply.text, text);
}

static void fill_slot(enum join_state state)
{
	sets.joins.page->slots[SLOT] = (struct join_slot){
		.id = SESSION_ID, .start = proc_now() + 1, .set = SET_ID, .uid = 1000};
	atomic_store(&sets.joins.page->words[SLOT], join_word(state, login));
}

/* With more than 32 slots in use it asks the helper; the answer comes before anything is written. */
TEST(test_a_session_of_the_page_is_closed_before_it_is_collected)
{
	struct call *c = make_call();
	struct session *s;

	fill_slot(JOIN_INSIDE);
	close_session(c, &close_it);
	answer_is(NSI_ENTER, NULL);
	assert_int_equal(c->state, CALL_CLOSING);
	assert_null(session_by_id(&sets, SET_ID, SESSION_ID));
	joined_collect(&sets);
	s = session_by_id(&sets, SET_ID, SESSION_ID);
	assert_non_null(s);
	assert_int_equal(loop_add(&sets.loop, &s->process, 0), 0); /* it is not watched */
	close_finished(c);
	assert_null(session_by_id(&sets, SET_ID, SESSION_ID));
	assert_int_equal(set->session_count, 0);
	assert_int_equal(atomic_load(&sets.joins.page->words[SLOT]), join_word(JOIN_FREE, 0));
}

/* Then the collection has the pidfd alone, and the session is closed, and not lost. */
TEST(test_a_login_of_the_page_that_closes_and_exits_has_closed)
{
	struct call *c = make_call();

	fill_slot(JOIN_INSIDE);
	close_session(c, &close_it);
	answer_is(NSI_ENTER, NULL);
	end_login();
	joined_collect(&sets);
	assert_non_null(session_by_id(&sets, SET_ID, SESSION_ID));
	close_finished(c);
	assert_int_equal(set->session_count, 0);
}

TEST(test_a_session_that_was_collected_is_closed_as_any_other)
{
	struct call *c = make_call();

	fill_slot(JOIN_INSIDE);
	joined_collect(&sets);
	close_session(c, &close_it);
	answer_is(NSI_ENTER, NULL);
	assert_int_equal(sets.joins.closing_of[SLOT], 0);
	close_finished(c);
	assert_int_equal(set->session_count, 0);
}

/* A login that has not said yet that it is inside, or has two slots, is collected first. */
TEST(test_a_slot_that_is_not_settled_is_collected_first)
{
	struct call *c = make_call();

	fill_slot(JOIN_ENTERING);
	atomic_fetch_add(&sets.joins.page->news, 1);
	close_session(c, &close_it);
	answer_is(NSI_ENTER, NULL);
	assert_non_null(session_by_id(&sets, SET_ID, SESSION_ID));
	assert_int_equal(sets.joins.closing_of[SLOT], 0);
}

TEST(test_another_number_closes_nothing)
{
	const struct nsi_close guessed = {.set = SET_ID, .session = SESSION_ID + 1};

	fill_slot(JOIN_INSIDE);
	atomic_fetch_add(&sets.joins.page->news, 1);
	close_session(make_call(), &guessed);
	answer_is(NSI_SKIP, "there is no such session any more");
	assert_int_equal(set->session_count, 1);
	assert_true(LIST_EMPTY(&server.calls));
}

static void end_set(bool force, bool refresh)
{
	const struct nsi_retire m = {.set = SET_ID, .force = force, .refresh = refresh};

	nsi_closep(&module);
	close_set(make_call(), &m);
	assert_true(LIST_EMPTY(&server.calls));
}

TEST(test_a_set_with_sessions_is_ended_by_force_alone)
{
	fill_slot(JOIN_INSIDE); /* which the helper does not know of yet */
	end_set(false, false);
	answer_is(NSI_REFUSED, "set 5 has 1 session; --force ends them");
	assert_int_equal(set->state, SET_LIVE);
	end_set(true, false);
	answer_is(NSI_DONE, NULL);
	assert_true(set_kills(set));
}

TEST(test_a_set_that_is_being_built_is_not_ended)
{
	set->state = SET_BUILDING;
	end_set(true, false);
	answer_is(NSI_REFUSED, "is being built for a login");
	assert_int_equal(set->state, SET_BUILDING);
	set->state = SET_LIVE;
}

TEST(test_no_set_of_that_number_is_ended)
{
	const struct nsi_retire m = {.set = SET_ID + 1, .force = true};

	close_set(make_call(), &m);
	answer_is(NSI_REFUSED, "there is no set 6");
	assert_false(set_kills(set));
}

static bool is_retired_on_record(void)
{
	struct set_record rec;
	NSI_AUTO_FD int fd = record_open(sets.host.sets_fd, SET_ID, &rec);

	return fd >= 0 && rec.is_retired;
}

TEST(test_a_set_is_retired_on_record_or_not_at_all)
{
	const int dir = sets.host.sets_fd;

	if (geteuid() != 0) /* a record is root's */
		skip();
	sets.host.sets_fd = -EBADF; /* nothing can be written there */
	end_set(false, true);
	sets.host.sets_fd = dir;
	answer_is(NSI_REFUSED, "cannot write the record of set 5");
	assert_false(set->rec.is_retired);
	assert_false(is_retired_on_record());
	end_set(false, true);
	answer_is(NSI_DONE, NULL);
	assert_true(set->rec.is_retired);
	assert_true(is_retired_on_record());
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_session_of_the_page_is_closed_before_it_is_collected),
		CASE(test_a_login_of_the_page_that_closes_and_exits_has_closed),
		CASE(test_a_session_that_was_collected_is_closed_as_any_other),
		CASE(test_a_slot_that_is_not_settled_is_collected_first),
		CASE(test_another_number_closes_nothing),
		CASE(test_a_set_with_sessions_is_ended_by_force_alone),
		CASE(test_a_set_that_is_being_built_is_not_ended),
		CASE(test_no_set_of_that_number_is_ended),
		CASE(test_a_set_is_retired_on_record_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
