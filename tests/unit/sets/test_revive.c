/* SPDX-License-Identifier: MIT */
/* A new anchor for a set whose own was killed: it is in the set and on record, or it is tried again, or the set is lost */
#include <poll.h>
#include <sched.h>
#include <signal.h>

#include "base/proc.h"
#include "sets/session.h"
#include "state/record.h"
#include "tests/unit/faults_system.h"
#include "tests/unit/sets/life_set.h"

enum {
	SET_ID = 9,
	TRIES = 8, /* of revive.c */
};

/* A set without an anchor that has a session of @uid, whose process is not to be found in it. */
static void adopt_session(enum nstype type)
{
	adopt(SET_ID, POL_LAST_WAIT, 0);
	x.set->rec.types = ns_bit(type);
	x.set->session_count = 1;
}

/* Its opener is counted alone, and is in no list. */
static void forget_session(void)
{
	x.set->session_count = 0;
}

TEST(test_a_set_with_a_pid_namespace_is_lost_with_its_anchor)
{
	adopt_session(NS_PID);
	set_step(x.set, SET_ANCHOR_GONE);
	turn();
	assert_int_equal(x.set->state, SET_LOST);
	assert_false(set_can_be_entered(x.set));
	assert_int_equal(x.news, 1);
	assert_true(looks());
	forget_session();
}

/* Nobody who waits is left waiting, and the set is not over. */
TEST(test_a_set_that_cannot_be_entered_is_lost_in_the_end)
{
	adopt_session(NS_MNT);
	set_step(x.set, SET_ANCHOR_GONE);
	for (int i = 1; i <= TRIES; i++) {
		assert_true(x.set->reviving);
		assert_true(looks());
		look_finds(1, false, false); /* in some of its namespaces */
		turn();
		if (i < TRIES) {
			assert_int_equal(x.news, 0);
			assert_int_equal(x.set->state, SET_LIVE);
			timer_fires();
		}
	}
	assert_false(x.set->reviving);
	assert_int_equal(x.set->state, SET_LOST);
	assert_int_equal(x.news, 1);
	forget_session();
}

TEST(test_a_set_without_sessions_that_cannot_be_entered_is_held)
{
	adopt(SET_ID, POL_LAST_WAIT, 0);
	x.set->rec.types = ns_bit(NS_MNT);
	x.set->state = SET_DRAINING;
	set_step(x.set, SET_ANCHOR_GONE);
	for (int i = 1; i <= TRIES; i++) {
		look_finds(1, false, false);
		if (i < TRIES)
			timer_fires();
	}
	turn();
	assert_int_equal(x.set->state, SET_HELD);
	assert_int_equal(x.news, 1);
	timer_fires(); /* and it is looked at on */
	assert_true(looks());
}

/* A look is answered while a try is due: the try comes first. */
TEST(test_a_look_does_not_hurry_a_try)
{
	adopt_session(NS_MNT);
	set_step(x.set, SET_ANCHOR_GONE);
	look_finds(1, false, false);
	assert_int_equal(x.set->tries, 1);
	look_finds(1, false, false);
	assert_int_equal(x.set->tries, 1);
	forget_session();
}

TEST(test_an_end_that_comes_while_an_anchor_is_sought_kills_in_the_end)
{
	adopt_session(NS_MNT);
	set_step(x.set, SET_ANCHOR_GONE);
	set_step(x.set, SET_CLOSE);
	assert_int_equal(x.set->state, SET_KILLING);
	assert_true(x.set->reviving);
	for (int i = 1; i <= TRIES; i++) {
		look_finds(1, false, false);
		if (i < TRIES)
			timer_fires();
	}
	(void)looks();
	turn();
	assert_false(x.set->reviving);
	assert_int_equal(x.set->state, SET_KILLING);
	assert_true(looks()); /* for whom to signal */
	forget_session();
}

static pid_t start_member(void)
{
	int ready[2];
	char c;
	pid_t pid;

	faults_check(pipe2(ready, O_CLOEXEC) == 0, "no pipe");
	pid = fork();
	if (pid == 0) {
		faults_check(unshare(CLONE_NEWUTS) == 0 && write(ready[1], "y", 1) == 1, "no set");
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	faults_check(pid > 0 && read(ready[0], &c, 1) == 1, "no member");
	(void)close(ready[0]);
	return pid;
}

/* The set of a process in a namespace of its own, which has a session of it. */
static void begin_set(pid_t member)
{
	const struct nsi_open open = {.uid = 1000, .service = "sshd"};
	struct origin origin = {.type = ORIGIN_HOST};
	struct set_record rec = {.id = SET_ID, .types = ns_bit(NS_UTS)};
	struct nsi_fail why = {""};
	int record;

	faults_check(set_up(NULL) == 0 && proc_namespaces(member, &rec.ns) == 0, "no set");
	x.sets.host.rundir = x.s.top;
	x.sets.host.statedir = "/run/none";
	record = record_create(x.sets.host.sets_fd, &rec);
	x.set = record < 0 ? NULL : set_adopt(&x.sets, &rec, record);
	for (int i = 0; i < NS_TYPE_MAX; i++)
		origin.fds[i] = -EBADF;
	faults_check(x.set && session_new(&x.sets, x.set, &open, member, (int)pidfd_open(member, 0),
					  &origin, NULL, &why),
		     "no session: %s", why.what);
	x.login.job.run = on_news;
	set_wait(x.set, &x.login);
}

/* Until the new anchor has reported, or is given up for now. */
static void await_report(void)
{
	while (x.set->report.fd >= 0) {
		struct pollfd report = {.fd = x.set->report.fd, .events = POLLIN};
		int n = poll(&report, 1, 10000);

		faults_check(n != 0, "the new anchor hangs");
		if (n < 0) /* the call that fails is this one */
			continue;
		x.set->report.ready(&x.set->report);
	}
	turn();
}

static void check_set(void)
{
	struct set_record rec = {0};
	NSI_AUTO_FD int fd = record_open(x.sets.host.sets_fd, SET_ID, &rec);

	faults_check(!is_gone() && x.set->session_count == 1, "the set, or its session, is gone");
	faults_check(geteuid() != 0 || fd >= 0, "its record is gone");
	if (x.set->reviving) {
		faults_check(x.set->timer.due_us > 0 || x.set->wants_look, "nothing goes on");
		faults_check(x.set->anchor.pidfd < 0, "an anchor is left that is none");
		return;
	}
	faults_check(x.set->anchor.pidfd >= 0 && x.set->process.fd == x.set->anchor.pidfd,
		     "it has no anchor");
	faults_check(fd < 0 || rec.anchor_pid == x.set->anchor.pid, "its anchor is not on record");
	faults_check(x.set->state == SET_LIVE && x.news == 1, "a login waits on");
}

static void revive(struct faults *f)
{
	pid_t member = start_member();

	f->fds = faults_count_fds();
	begin_set(member);
	f->shared->is_on = 1;
	set_step(x.set, SET_ANCHOR_GONE);
	await_report();
	f->shared->is_on = 0;
	check_set();
	if (x.set->anchor.pidfd >= 0) {
		(void)kill(x.set->anchor.pid, SIGKILL);
		(void)waitpid(x.set->anchor.pid, NULL, 0);
	}
	(void)kill(member, SIGKILL);
	(void)waitpid(member, NULL, 0);
	(void)tear_down(NULL);
	faults_check_fds(f);
}

static void run(struct faults *f)
{
	faults_in_system(f, revive); /* nothing outlives it */
}

TEST(test_a_new_anchor_is_in_place_or_tried_again)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(run, NULL, 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_set_with_a_pid_namespace_is_lost_with_its_anchor),
		CASE(test_a_set_that_cannot_be_entered_is_lost_in_the_end),
		CASE(test_a_set_without_sessions_that_cannot_be_entered_is_held),
		CASE(test_a_look_does_not_hurry_a_try),
		CASE(test_an_end_that_comes_while_an_anchor_is_sought_kills_in_the_end),
		cmocka_unit_test(test_a_new_anchor_is_in_place_or_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
