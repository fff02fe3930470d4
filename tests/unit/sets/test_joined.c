/* SPDX-License-Identifier: MIT */
/* Slots of the page of joins: each becomes a session, or is free again; a session that is not known is never killed */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/proc.h"
#include "policy/image.h"
#include "sets/all.h"
#include "sets/session.h"
#include "sets/set.h"
#include "state/decisions.h"
#include "state/record.h"
#include "tests/unit/idle_sets.h"
#include "tests/unit/joins/page.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

enum {
	SET_ID = 5,
	SLOT = 3,
	SESSION_ID = 77,
};

static struct scratch scratch;
static struct sets sets;
static struct decisions decisions = {.fd = -EBADF};
static struct set *set;

static int begin(void **state)
{
	struct set_record rec = {.id = SET_ID,
				 .types = ns_bit(NS_MNT),
				 .scope = POL_SCOPE_USER,
				 .on_last_close = POL_LAST_KILL};
	int record;

	(void)state;
	if (scratch_make(&scratch) < 0 ||
	    idle_sets_make(&sets, scratch.top,
			   open(scratch.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC), -EBADF) < 0)
		return -1;
	sets.joins = (struct joins){.loop = &sets.loop, .fd = -EBADF, .decisions = &decisions};
	sets.joins.page = page_make();
	record = record_create(sets.host.sets_fd, &rec);
	set = record >= 0 ? set_adopt(&sets, &rec, record) : NULL;
	return set && sets.joins.page ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	while (!LIST_EMPTY(&sets.all))
		set_free(LIST_FIRST(&sets.all));
	loop_disarm(&sets.loop, &sets.joins.look);
	loop_done(&sets.loop);
	free(sets.joins.page);
	nsi_closep(&sets.host.sets_fd);
	scratch_done(&scratch);
	return 0;
}

/* A login of process @pid that has come as far as @state. */
static void fill_slot(struct join_page *page, enum join_state state, int pid)
{
	page->slots[SLOT] = (struct join_slot){
		.id = SESSION_ID, .start = proc_now() + 1, .set = SET_ID, .uid = 1000};
	atomic_store(&page->words[SLOT], join_word(state, pid));
}

static bool is_free(void)
{
	return atomic_load(&sets.joins.page->words[SLOT]) == join_word(JOIN_FREE, 0);
}

static struct set_record record_of_set(void)
{
	NSI_AUTO_FD int fd = openat(sets.host.sets_fd, "5", O_RDONLY | O_CLOEXEC);
	struct set_record raw, rec;

	assert_int_equal(read(fd, &raw, sizeof(raw)), sizeof(raw));
	assert_int_equal(record_parse(&raw, sizeof(raw), &rec), 0);
	return rec;
}

static bool is_doubtful(void)
{
	const struct set_record rec = record_of_set();

	return rec.in_doubt && rec.on_last_close == POL_LAST_WAIT && set->rec.in_doubt &&
	       set->rec.on_last_close == POL_LAST_WAIT;
}

static pid_t ended_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return pid;
}

TEST(test_a_login_that_is_inside_has_a_session_and_gives_its_slot_back)
{
	struct session *s;

	fill_slot(sets.joins.page, JOIN_INSIDE, getpid());
	joined_collect(&sets);
	s = session_by_id(&sets, SET_ID, SESSION_ID);
	assert_non_null(s);
	assert_int_equal(s->rec.state, SLOT_LIVE);
	assert_true(is_free());
	assert_true(sets.joins.page->slots[SLOT].id != SESSION_ID);
}

TEST(test_a_login_on_its_way_has_a_session_that_ends_when_it_does_not_enter)
{
	fill_slot(sets.joins.page, JOIN_ENTERING, getpid());
	joined_collect(&sets);
	assert_int_equal(set->session_count, 1);
	assert_false(is_free());
	joined_collect(&sets); /* no second one */
	assert_int_equal(set->session_count, 1);
	atomic_store(&sets.joins.page->words[SLOT], join_word(JOIN_LEFT, getpid()));
	joined_collect(&sets);
	assert_int_equal(set->session_count, 0);
	assert_true(is_free());
}

TEST(test_a_login_that_was_killed_on_its_way_has_none)
{
	fill_slot(sets.joins.page, JOIN_ENTERING, ended_process());
	joined_collect(&sets);
	assert_int_equal(set->session_count, 0);
	assert_true(is_free());
	assert_false(set->rec.in_doubt);
}

TEST(test_a_login_that_fills_its_slot_in_keeps_it)
{
	fill_slot(sets.joins.page, JOIN_TAKEN, getpid());
	joined_collect(&sets);
	joined_collect(&sets);
	assert_false(is_free());
	assert_true(sets.joins.page->slots[SLOT].id == SESSION_ID);
}

TEST(test_a_slot_of_a_login_that_was_killed_is_free_again)
{
	fill_slot(sets.joins.page, JOIN_TAKEN, ended_process());
	joined_collect(&sets);
	assert_true(is_free());
}

static pthread_barrier_t thread_is_there;

static void *be_thread(void *arg)
{
	atomic_store((atomic_int *)arg, (int)syscall(SYS_gettid));
	(void)pthread_barrier_wait(&thread_is_there);
	(void)pthread_barrier_wait(&thread_is_there);
	return NULL;
}

/* pidfd_open(2) of a thread's number is EINVAL, and ENOENT since Linux 6.9. */
TEST(test_a_slot_whose_number_a_thread_has_by_now_is_free_again)
{
	atomic_int tid;
	pthread_t thread;

	assert_int_equal(pthread_barrier_init(&thread_is_there, NULL, 2), 0);
	assert_int_equal(pthread_create(&thread, NULL, be_thread, &tid), 0);
	(void)pthread_barrier_wait(&thread_is_there);
	fill_slot(sets.joins.page, JOIN_TAKEN, atomic_load(&tid));
	joined_collect(&sets);
	assert_int_equal(session_open_process(atomic_load(&tid), UINT64_MAX), -ESRCH);
	(void)pthread_barrier_wait(&thread_is_there);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(is_free());
}

/* The slot is gone then, and a helper that comes after a crash has the record alone. */
TEST(test_a_session_that_cannot_be_noted_puts_the_doubt_on_record)
{
	nsi_closep(&set->record_fd); /* its slots cannot be written */
	fill_slot(sets.joins.page, JOIN_INSIDE, getpid());
	joined_collect(&sets);
	assert_null(session_by_id(&sets, SET_ID, SESSION_ID));
	assert_true(is_doubtful());
}

TEST(test_a_session_of_the_earlier_helpers_page_is_taken_over)
{
	struct join_page *former = page_make();

	assert_non_null(former);
	sets.joins.former = former;
	fill_slot(former, JOIN_INSIDE, getpid());
	joined_adopt(set);
	joined_adopt(set); /* it is known by now */
	sets.joins.former = NULL;
	free(former);
	assert_int_equal(set->session_count, 1);
	assert_non_null(session_by_id(&sets, SET_ID, SESSION_ID));
	assert_false(set->rec.in_doubt);
}

TEST(test_an_earlier_helpers_page_that_is_lost_puts_the_doubt_on_record)
{
	sets.joins.is_former_lost = true;
	joined_adopt(set);
	assert_true(is_doubtful());
}

TEST(test_a_page_that_cannot_be_read_is_lost_and_none_is_not)
{
	struct joins joins;
	struct host host = {.rundir = scratch.top, .run_fd = sets.host.sets_fd};

	joins_init(&joins, &sets.loop, &host, joined_on_look);
	assert_false(joins.is_former_lost);
	assert_int_equal(scratch_write(&scratch, JOIN_FILE, "no page"), 0);
	joins_init(&joins, &sets.loop, &host, joined_on_look);
	assert_true(joins.is_former_lost);
	assert_null(joins.former);
}

static bool has_random = true;

/* The C library's, until there is none. */
ssize_t getrandom(void *buf, size_t size, unsigned flags)
{
	if (has_random)
		return syscall(SYS_getrandom, buf, size, flags);
	errno = EIO;
	return -1;
}

TEST(test_a_close_by_the_page_is_noted_once_though_its_slot_gets_no_number)
{
	assert_int_equal(decisions_open(&decisions, sets.host.sets_fd), 0);
	fill_slot(sets.joins.page, JOIN_CLOSED, getpid());
	has_random = false;
	joined_collect(&sets);
	joined_collect(&sets);
	assert_false(is_free());
	has_random = true;
	joined_collect(&sets);
	assert_int_equal(decisions.last.number, 1);
	assert_true(is_free());
	assert_true(sets.joins.page->slots[SLOT].id != SESSION_ID);
	nsi_closep(&decisions.fd);
}

TEST(test_a_close_that_the_module_logs_is_noted_by_the_helper)
{
	assert_int_equal(decisions_open(&decisions, sets.host.sets_fd), 0);
	fill_slot(sets.joins.page, JOIN_TOLD, getpid());
	joined_collect(&sets);
	assert_true(is_free());
	assert_null(session_by_id(&sets, SET_ID, SESSION_ID));
	assert_int_equal(decisions.last.number, 1);
	assert_int_equal(set->first_pid, getpid());
	nsi_closep(&decisions.fd);
}

TEST(test_a_session_that_the_earlier_helpers_page_has_closed_is_none)
{
	struct join_page *former = page_make();

	assert_non_null(former);
	sets.joins.former = former;
	for (int i = 0; i < 2; i++) {
		const enum join_state closed = i ? JOIN_TOLD : JOIN_CLOSED;

		fill_slot(former, JOIN_INSIDE, getpid());
		joined_adopt(set);
		assert_int_equal(set->session_count, 1);
		fill_slot(former, closed, getpid());
		joined_adopt(set);
		assert_int_equal(set->session_count, 0);
	}
	fill_slot(former, JOIN_CLOSED,
		  getpid()); /* and is not on record: the line of the log is this helper's */
	joined_adopt(set);
	assert_int_equal(set->session_count, 0);
	assert_false(join_claim_close(former, SLOT, getpid(), join_word(JOIN_TOLD, getpid())));
	sets.joins.former = NULL;
	free(former);
}

/* Its process may have ended when the slot is collected: the copy of its pidfd is closed with the session. */
TEST(test_a_session_that_is_being_closed_is_not_watched)
{
	NSI_AUTO_FD int pidfd = (int)pidfd_open(getpid(), 0);
	struct session *s;

	fill_slot(sets.joins.page, JOIN_INSIDE, getpid());
	assert_int_equal(joined_find(&sets, SET_ID, SESSION_ID, getpid()), SLOT);
	assert_int_equal(joined_find(&sets, SET_ID, SESSION_ID + 1, getpid()), -ENOENT);
	assert_int_equal(joined_find(&sets, SET_ID, SESSION_ID, getpid() + 1), -ENOENT);
	joined_keep_process(&sets, SLOT, pidfd);
	joined_collect(&sets);
	s = session_by_id(&sets, SET_ID, SESSION_ID);
	assert_non_null(s);
	assert_true(s->process.fd >= 0 && s->process.fd != pidfd);
	assert_int_equal(loop_add(&sets.loop, &s->process, 0), 0); /* it was not in the loop */
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_login_that_is_inside_has_a_session_and_gives_its_slot_back),
		CASE(test_a_login_on_its_way_has_a_session_that_ends_when_it_does_not_enter),
		CASE(test_a_login_that_was_killed_on_its_way_has_none),
		CASE(test_a_login_that_fills_its_slot_in_keeps_it),
		CASE(test_a_slot_of_a_login_that_was_killed_is_free_again),
		CASE(test_a_slot_whose_number_a_thread_has_by_now_is_free_again),
		CASE(test_a_session_that_cannot_be_noted_puts_the_doubt_on_record),
		CASE(test_a_session_of_the_earlier_helpers_page_is_taken_over),
		CASE(test_an_earlier_helpers_page_that_is_lost_puts_the_doubt_on_record),
		CASE(test_a_page_that_cannot_be_read_is_lost_and_none_is_not),
		CASE(test_a_close_by_the_page_is_noted_once_though_its_slot_gets_no_number),
		CASE(test_a_close_that_the_module_logs_is_noted_by_the_helper),
		CASE(test_a_session_that_the_earlier_helpers_page_has_closed_is_none),
		CASE(test_a_session_that_is_being_closed_is_not_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
