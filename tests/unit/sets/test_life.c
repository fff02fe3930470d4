/* SPDX-License-Identifier: MIT */
/* Moves of a set between its states, as docs/lifecycle.md has them.  With no anchor and no /proc. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "policy/image.h"
#include "sets/all.h"
#include "sets/set.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

struct fixture {
	struct scratch s;
	struct sets sets;
	struct set *set;
	struct set_waiter login;
	unsigned news; /* that the set had for the login */
};

static struct fixture x;

/* A login that goes on waiting as long as there is a set. */
static void on_news(struct loop_job *job)
{
	struct set_waiter *w = loop_owner(job, struct set_waiter, job);
	struct set *set = set_by_id(&x.sets, w->set_id);

	x.news++;
	if (set)
		set_wait(set, w);
}

/* The end of a turn of the loop. */
static void turn(void)
{
	loop_run_jobs(&x.sets.loop);
}

static void adopt(uint64_t id, uint8_t on_last_close, uint32_t linger)
{
	struct set_record rec = {
		.id = id, .types = 1, .on_last_close = on_last_close, .linger = linger};

	x.set = set_adopt(&x.sets, &rec, -EBADF);
	assert_non_null(x.set);
	x.login.job.run = on_news;
	set_wait(x.set, &x.login);
}

static int set_up(void **state)
{
	(void)state;
	memset(&x, 0, sizeof(x));
	if (scratch_make(&x.s) < 0 || mkdir(scratch_path(&x.s, 0, "sets"), 0700) < 0 ||
	    mkdir(scratch_path(&x.s, 0, "etc"), 0700) < 0)
		return -1;
	x.sets.host.sets_fd =
		open(scratch_path(&x.s, 0, "sets"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	x.sets.host.etc_fd = open(scratch_path(&x.s, 0, "etc"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	x.sets.scanner.sets = &x.sets;
	/* One is under way for ever: another that is asked for shows in "again", and nothing is forked. */
	x.sets.spare.anchor.pidfd = -EBADF; /* there is none */
	x.sets.scanner.work.pidfd = x.sets.sweeper.work.pidfd = x.sets.host.sets_fd;
	x.sets.sentinels = (struct sentinels){.sets = &x.sets, .events = {.fd = -EBADF}};
	return loop_init(&x.sets.loop);
}

static int tear_down(void **state)
{
	(void)state;
	while (x.sets.first)
		set_free(x.sets.first);
	loop_done(&x.sets.loop);
	nsi_closep(&x.sets.host.sets_fd);
	nsi_closep(&x.sets.host.etc_fd);
	scratch_done(&x.s);
	return 0;
}

/* Whether a look at /proc was asked for since the last time. */
static bool looks(void)
{
	bool again = x.sets.scanner.again;

	x.sets.scanner.again = false;
	return again;
}

static void sessions_are(unsigned count)
{
	x.set->session_count = count;
	set_step(x.set, SET_SESSIONS);
}

static bool is_gone(void)
{
	return x.sets.first == NULL;
}

/* The result of a scan: @members, one of which is in all of the namespaces if @is_whole. */
static void look_finds(unsigned members, bool is_whole, bool is_partial)
{
	const struct set_found found = {.members = members,
					.pid = members > 0,
					.is_whole = is_whole,
					.is_partial = is_partial};

	set_scanned(x.set, &found);
}

/* A file system of the set's: one that is watched, or one that no device is of any more. */
static void file_system_is_there(bool there)
{
	x.set->watch.count = 1;
	x.set->watch.is_partial = !there;
	x.set->watch.roots[0].wd = there ? 1 : -1;
	x.set->watch.roots[0].dev = 0xfffff;
}

static void timer_fires(void)
{
	loop_disarm(&x.sets.loop, &x.set->timer);
	set_on_timer(&x.set->timer);
}

TEST(test_the_last_session_ends_and_somebody_comes_back)
{
	adopt(1, POL_LAST_WAIT, 0);
	sessions_are(2);
	assert_int_equal(x.set->state, SET_LIVE);
	sessions_are(1);
	assert_int_equal(x.set->state, SET_LIVE);
	assert_false(looks());
	sessions_are(0);
	assert_int_equal(x.set->state, SET_DRAINING);
	assert_true(looks());
	assert_true(set_can_be_entered(x.set));
	sessions_are(1);
	assert_int_equal(x.set->state, SET_LIVE);
	assert_int_equal(x.set->timer.due_us, 0);
}

TEST(test_every_change_makes_a_look_stale)
{
	uint64_t before;

	adopt(1, POL_LAST_WAIT, 0);
	sessions_are(0);
	before = x.set->changes;
	sessions_are(1);
	assert_true(x.set->changes > before);
	sessions_are(0);
	before = x.set->changes;
	set_step(x.set, SET_CLOSE);
	assert_true(x.set->changes > before);
}

TEST(test_linger_runs_once_and_is_broken_off)
{
	uint64_t due;

	adopt(1, POL_LAST_WAIT, 10);
	sessions_are(0);
	assert_int_equal(x.set->state, SET_LINGERING);
	due = x.set->timer.due_us;
	assert_true(due > clock_now_us() + 9000000 && due <= clock_now_us() + 10000000);
	set_step(x.set, SET_SESSIONS); /* a process that ends meanwhile does not prolong it */
	assert_int_equal(x.set->timer.due_us, due);
	sessions_are(1);
	assert_int_equal(x.set->state, SET_LIVE);
	assert_int_equal(x.set->timer.due_us, 0);
	sessions_are(0);
	assert_false(looks());
	timer_fires();
	assert_int_equal(x.set->state, SET_DRAINING);
	assert_true(looks());
}

TEST(test_kill_is_entered_by_nobody)
{
	adopt(1, POL_LAST_KILL, 0);
	sessions_are(0);
	assert_int_equal(x.set->state, SET_KILLING);
	turn();
	assert_int_equal(x.news, 1); /* a login looks for another set */
	assert_false(set_can_be_entered(x.set));
	sessions_are(1);
	assert_int_equal(x.set->state, SET_KILLING);
	assert_true(looks());
}

TEST(test_the_grace_begins_with_the_first_look_that_finds_somebody)
{
	adopt(1, POL_LAST_KILL, 0);
	x.set->rec.kill_grace = 2;
	sessions_are(0);
	assert_int_equal(x.set->kill_us, 0);
	look_finds(1, true, false);
	assert_true(x.set->kill_us > clock_now_us());
	assert_true(x.set->timer.due_us > 0 && x.set->timer.due_us <= x.set->kill_us);
	set_on_timer(&x.set->timer);
	assert_true(looks());
}

TEST(test_nobody_is_left_and_nothing_stays)
{
	int fd = openat(x.sets.host.sets_fd, "1", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	close(fd);
	scratch_write(&x.s, "etc/1/hosts", "x");
	scratch_write(&x.s, "etc/2/hosts", "another set's");
	adopt(1, POL_LAST_WAIT, 0);
	sessions_are(0);
	look_finds(3, true, false);
	assert_int_equal(x.set->state, SET_DRAINING);
	assert_int_not_equal(x.set->timer.due_us, 0);
	look_finds(0, false, false);
	assert_int_equal(x.set->state,
			 SET_HELD); /* without handles, one complete look is the word */
	look_finds(0, false, true);
	assert_false(is_gone());
	look_finds(0, false, false);
	assert_true(is_gone());
	assert_true(LIST_EMPTY(&x.sets.loop.timers));
	assert_int_equal(faccessat(x.sets.host.sets_fd, "1", F_OK, 0), -1);
	assert_int_equal(faccessat(x.sets.host.etc_fd, "1", F_OK, 0), -1);
	assert_int_equal(faccessat(x.sets.host.etc_fd, "2/hosts", F_OK, 0), 0);
}

TEST(test_looks_become_rarer_but_not_too_rare)
{
	uint64_t last = 0;

	adopt(1, POL_LAST_WAIT, 0);
	sessions_are(0);
	for (int i = 0; i < 20; i++) {
		uint64_t after;

		look_finds(1, true, false);
		after = x.set->timer.due_us - clock_now_us();
		assert_true(after <= 5000000 && after + 100000 >= last);
		last = after;
	}
	assert_true(last > 4000000);
}

TEST(test_a_set_without_its_anchor_waits)
{
	adopt(1, POL_LAST_KILL, 0);
	x.set->reviving = true;
	sessions_are(0);
	assert_int_equal(x.set->state, SET_LIVE); /* until it is known whether there is another */
	x.set->reviving = false;
	set_resume(x.set);
	turn();
	assert_int_equal(x.set->state, SET_KILLING);
	assert_true(x.news > 0);
}

TEST(test_lingering_begins_anew_behind_a_new_anchor)
{
	adopt(1, POL_LAST_WAIT, 10);
	sessions_are(0);
	x.set->reviving = true;
	loop_disarm(&x.sets.loop, &x.set->timer);
	x.set->reviving = false;
	set_resume(x.set);
	turn();
	assert_int_equal(x.set->state, SET_LINGERING);
	assert_int_not_equal(x.set->timer.due_us, 0);
}

TEST(test_a_lost_set_lets_nobody_in_and_ends_with_its_processes)
{
	adopt(1, POL_LAST_WAIT, 0);
	sessions_are(1);
	set_lose(x.set);
	assert_int_equal(x.set->state, SET_LOST);
	turn();
	assert_int_equal(x.news, 1);
	assert_false(set_can_be_entered(x.set));
	sessions_are(0);
	assert_int_equal(x.set->state, SET_LOST);
	assert_true(looks());
	file_system_is_there(true);
	look_finds(0, false, false);
	assert_int_equal(x.set->state, SET_LEAVING); /* it is in use all the same */
	timer_fires();
	assert_int_equal(x.set->state, SET_HELD);
}

TEST(test_a_set_is_held_until_the_kernel_reports_its_file_systems)
{
	adopt(1, POL_LAST_WAIT, 0);
	file_system_is_there(true);
	sessions_are(0);
	look_finds(0, false, false);
	assert_int_equal(x.set->state, SET_LEAVING);
	assert_true(set_is_awaited(x.set)); /* a login waits for the word */
	timer_fires();
	assert_int_equal(x.set->state, SET_HELD);
	assert_true(looks());
	turn();
	x.news = 0;
	look_finds(0, false, false);
	assert_false(is_gone());
	turn();
	assert_int_equal(x.news, 1);
	assert_false(set_can_be_entered(x.set));
	look_finds(1, false, false);
	assert_int_equal(x.set->state, SET_HELD);
	x.set->watch.count = 0;
	x.set->rec.types = 0; /* nor is there a namespace to ask about */
	set_step(x.set, SET_RELEASED);
	assert_true(is_gone());
}

/* A set whose anchor is gone, that has a directory on disk, and of which the kernel has reported all. */
static void everything_is_reported_but(uint8_t retain)
{
	struct set_record rec = {.id = 1, .uid = 2001, .dir_count = 1};

	rec.dirs[0].method = POL_METHOD_DISK;
	rec.dirs[0].retain = retain;
	x.set = set_adopt(&x.sets, &rec, -EBADF);
	assert_non_null(x.set);
	sessions_are(0);
	look_finds(0, false, false);
}

TEST(test_a_directory_on_disk_is_looked_for_when_all_else_is_over)
{
	everything_is_reported_but(POL_RETAIN_SESSION);
	assert_int_equal(x.set->state, SET_HELD);
	assert_true(looks());
	assert_false(set_can_be_entered(x.set)); /* a login gets another at once */
	assert_false(set_is_awaited(x.set));
	assert_int_equal(set_count_held(&x.sets, 2001), 0);
	look_finds(0, false, true); /* not all could be looked at */
	assert_int_equal(x.set->state, SET_HELD);
	assert_int_equal(set_count_held(&x.sets, 2001), 1);
	assert_true(x.set->timer.due_us > 0);
	look_finds(1, false, false);
	assert_int_equal(x.set->state, SET_HELD);
	assert_int_equal(x.set->rec.end.holder, 1);
	set_step(x.set, SET_RELEASED); /* nothing new */
	look_finds(0, false, false);
	assert_true(is_gone());
}

static struct set *job_is_over(uint64_t id)
{
	struct set_record rec = {
		.id = id, .uid = 2001, .scope = POL_SCOPE_JOB, .owner = id, .dir_count = 1};

	rec.dirs[0].method = POL_METHOD_DISK;
	rec.dirs[0].retain = POL_RETAIN_SESSION;
	x.set = set_adopt(&x.sets, &rec, -EBADF);
	assert_non_null(x.set);
	sessions_are(0);
	look_finds(0, false, false);
	return x.set;
}

TEST(test_sets_of_jobs_wait_for_a_look_that_is_for_all)
{
	struct set *first = job_is_over(1), *second;

	(void)looks();
	second = job_is_over(2);
	(void)looks();
	assert_true(first->timer.due_us > 0 && second->timer.due_us > 0);
	assert_false(first->wants_look || second->wants_look);
	x.set = first;
	first->look_us = 0; /* its time has come */
	timer_fires();
	assert_true(looks());
	assert_true(first->wants_look && second->wants_look);
	assert_int_equal(second->timer.due_us, 0);
	look_finds(0, false, false);
	assert_ptr_equal(x.sets.first, second);
	x.set = second;
	look_finds(0, false, false);
	assert_true(is_gone());
}

TEST(test_a_directory_on_disk_that_outlives_its_set_is_not_looked_for)
{
	everything_is_reported_but(POL_RETAIN_FOREVER);
	assert_true(is_gone());
}

TEST(test_the_next_helper_goes_on_looking_for_a_directory)
{
	struct set_record rec = {.id = 1, .types = 1, .dir_count = 1};

	rec.dirs[0].method = POL_METHOD_DISK;
	rec.dirs[0].retain = POL_RETAIN_SESSION;
	rec.end.state = SET_HELD;
	rec.end.is_over = true;
	rec.end.sentinel_dev = 0xfffff; /* a number that may be another's by now */
	x.set = set_adopt(&x.sets, &rec, -EBADF);
	assert_non_null(x.set);
	set_take_on(x.set, false);
	assert_int_equal(x.set->state, SET_HELD);
	assert_true(looks());
	look_finds(0, false, false);
	assert_true(is_gone());
}

/* Takes over a set that was held, with one root that a helper before has watched as @wd in the instance 7. */
static void adopt_held(int wd, uint64_t dev)
{
	struct set_record rec = {.id = 1, .watch_id = 7, .sentinel_wd = wd};

	rec.types = ns_bit(NS_MNT);
	rec.end.state = SET_HELD;
	rec.end.sentinel_dev = dev;
	x.set = set_adopt(&x.sets, &rec, -EBADF);
	assert_non_null(x.set);
	sentinel_watch(x.set);
}

TEST(test_watches_that_were_kept_tell_what_is_gone)
{
	struct sentinels *s = &x.sets.sentinels;
	struct stat st;
	int wd;

	s->events.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	s->id = 7;
	assert_int_equal(stat("/proc", &st), 0);
	wd = inotify_add_watch(s->events.fd, "/proc", IN_UNMOUNT | IN_ONLYDIR);

	adopt_held(wd, st.st_dev); /* the watch is there */
	assert_int_equal(x.set->watch.count, 1);
	assert_int_equal(x.set->watch.roots[0].wd, wd);
	assert_false(x.set->watch.is_partial);
	x.set->watch.count = 0; /* set_free() would end it */
	set_free(x.set);

	adopt_held(wd + 1, st.st_dev); /* it has ended, and another file system has the number */
	assert_int_equal(x.set->watch.count, 0);
	assert_int_equal(x.set->rec.sentinel_wd, wd + 1); /* for the helper after this one */
	set_free(x.set);

	s->id = 8; /* nothing is known of that instance */
	adopt_held(wd, st.st_dev);
	assert_int_equal(x.set->watch.count, 1);
	assert_int_equal(x.set->watch.roots[0].wd, -1);
	assert_true(x.set->watch.is_partial);
	assert_int_equal(x.set->rec.sentinel_wd, 0);
	assert_int_equal(x.set->rec.watch_id, 8);
	sentinel_free_marks(&s->marks);
	nsi_closep(&s->events.fd);
}

/* A pipe in place of the descriptor of inotify @fd, which it becomes; returns the end to write to. */
static int pipe_instead(int fd)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(dup3(fds[0], fd, O_CLOEXEC), fd);
	close(fds[0]);
	return fds[1];
}

TEST(test_lost_reports_are_noticed_at_once)
{
	const struct inotify_event lost = {.wd = -1, .mask = IN_Q_OVERFLOW};
	struct sentinels *s = &x.sets.sentinels;
	struct nsi_fail f = {""};
	int out;

	x.sets.host.rundir = "/run/test";
	assert_int_equal(sentinels_init(s, &x.sets, &f), 0);
	out = pipe_instead(s->events.fd);
	adopt(1, POL_LAST_WAIT, 0);
	x.set->rec.types = 0;
	file_system_is_there(true); /* it is gone, and nobody has reported it */
	sessions_are(0);
	look_finds(0, false, false);
	timer_fires();
	look_finds(0, false, false);
	assert_int_equal(x.set->state, SET_HELD);
	assert_int_equal(write(out, &lost, sizeof(lost)), sizeof(lost));
	s->events.ready(&s->events);
	assert_true(is_gone());
	close(out);
	loop_remove(&x.sets.loop, &s->events);
	nsi_closep(&s->events.fd);
}

TEST(test_events_of_a_busy_directory_do_not_keep_the_loop)
{
	struct inotify_event event = {.wd = 1, .mask = IN_MOVED_TO, .len = 0};
	struct upkeep *u = &x.sets.upkeep;
	int out, left = 0;

	upkeep_init(u, &x.sets);
	u->work.pidfd = x.sets.host.sets_fd; /* one child works for ever: none is forked */
	assert_true(u->events.fd >= 0);
	out = pipe_instead(u->events.fd);
	assert_true(fcntl(out, F_SETPIPE_SZ, 1 << 18) >= 1 << 18);
	while (write(out, &event, sizeof(event)) == (ssize_t)sizeof(event))
		;
	u->events.ready(&u->events);
	assert_int_equal(ioctl(u->events.fd, FIONREAD, &left), 0);
	assert_true(left > 0);
	close(out);
	u->work.pidfd = -EBADF;
	loop_remove(&x.sets.loop, &u->events);
	nsi_closep(&u->events.fd);
	*u = (struct upkeep){0};
}

TEST(test_whose_file_system_has_gone_is_over)
{
	adopt(1, POL_LAST_WAIT, 0);
	x.set->rec.types = 0;
	file_system_is_there(false);
	sessions_are(0);
	look_finds(0, false, false);
	assert_true(is_gone());
}

TEST(test_a_held_set_that_is_closed_is_entered_by_nobody)
{
	adopt(1, POL_LAST_WAIT, 0);
	file_system_is_there(true);
	sessions_are(0);
	look_finds(0, false, false);
	set_step(x.set, SET_CLOSE);
	assert_false(set_can_be_entered(x.set));
	timer_fires();
	assert_int_equal(x.set->state, SET_HELD);
	assert_true(looks());
	look_finds(1, true, false); /* a member is no way back any more */
	assert_int_equal(x.set->state, SET_HELD);
	assert_int_not_equal(x.set->kill_us, 0);
}

TEST(test_a_lost_set_is_killed_with_its_last_session_if_so_configured)
{
	adopt(1, POL_LAST_KILL, 0);
	sessions_are(1);
	set_lose(x.set);
	sessions_are(1);
	assert_int_equal(x.set->state, SET_LOST);
	sessions_are(0);
	assert_int_equal(x.set->state, SET_KILLING);
	set_lose(x.set); /* does not call off the end */
	assert_int_equal(x.set->state, SET_KILLING);
}

TEST(test_a_set_that_is_built_is_not_ended)
{
	adopt(1, POL_LAST_KILL, 0);
	x.set->state = SET_BUILDING;
	set_step(x.set, SET_CLOSE);
	sessions_are(0);
	assert_int_equal(x.set->state, SET_BUILDING);
	turn();
	assert_int_equal(x.news, 0);
}

TEST(test_an_abandoned_set_is_over_if_the_kernel_says_so)
{
	adopt(1, POL_LAST_WAIT, 10);
	x.set->rec.types = 0;
	set_abandon(x.set);
	assert_true(is_gone());
	turn();
	assert_int_equal(x.news, 1);
}

static void test_a_login_that_waits_again_waits_for_the_next_news(void **state)
{
	(void)state;
	adopt(1, POL_LAST_WAIT, 0);
	set_wake(x.set);
	set_wake(x.set);
	assert_int_equal(x.news, 0); /* the set has a handler on the stack */
	turn();
	assert_int_equal(x.news, 1);
	assert_true(TAILQ_EMPTY(&x.sets.loop.jobs));
	turn();
	assert_int_equal(x.news, 1);
	set_wake(x.set);
	turn();
	assert_int_equal(x.news, 2);
	assert_string_equal(x.login.failure.what, "");
}

static void test_a_login_that_has_gone_hears_nothing(void **state)
{
	struct set_waiter other = {.job.run = on_news};

	(void)state;
	adopt(1, POL_LAST_WAIT, 0);
	set_wait(x.set, &other);
	set_unwait(&x.sets.loop, &x.login);
	set_unwait(&x.sets.loop, &x.login);
	assert_ptr_equal(x.set->waiters, &other);
	set_wake(x.set);
	set_unwait(&x.sets.loop, &other);
	turn();
	assert_int_equal(x.news, 0);
}

static void test_logins_hear_why_the_set_could_not_be_built(void **state)
{
	(void)state;
	adopt(1, POL_LAST_WAIT, 0);
	x.set->state = SET_BUILDING;
	(void)fail_set(&x.set->failure, EIO, "the disk is on fire");
	set_build_failed(x.set);
	assert_true(is_gone());
	turn();
	assert_int_equal(x.news, 1);
	assert_string_equal(x.login.failure.what, "the disk is on fire");
}

/* A login whose turn it is begins a session. */
static void begin_session(struct loop_job *job)
{
	(void)job;
	x.news++;
	sessions_are(1);
}

static void test_a_set_with_a_new_anchor_is_not_over_before_its_logins_had_their_turn(void **state)
{
	(void)state;
	adopt(1, POL_LAST_KILL, 0);
	x.login.job.run = begin_session;
	x.set->reviving = true;
	sessions_are(0);
	x.set->reviving = false;
	set_resume(x.set);
	turn();
	assert_int_equal(x.news, 1);
	assert_int_equal(x.set->state, SET_LIVE);
}

/* The cell of a table's row, without the spaces and back quotes around it. */
static char *next_cell(char **row)
{
	char *cell = strsep(row, "|");

	while (cell && (*cell == ' ' || *cell == '`'))
		cell++;
	for (char *end = cell ? cell + strlen(cell) : NULL;
	     end && end > cell && strchr(" `\n", end[-1]); end--)
		end[-1] = '\0';
	return cell;
}

/* The row of docs/lifecycle.md that begins with @word: "| WORD | action | ...". */
static char *find_row(FILE *page, const char *word, char **line, size_t *room)
{
	rewind(page);
	while (getline(line, room, page) > 0) {
		char *rest = *line;

		if (rest[0] != '|')
			continue;
		(void)next_cell(&rest);
		if (rest && strcmp(next_cell(&rest), word) == 0 && rest && strchr(rest, '|'))
			return rest;
	}
	return NULL;
}

/* The words of docs/lifecycle.md. */
static const char *const event_names[SET_EVENT_MAX] = {
	[SET_SESSIONS] = "sessions",
	[SET_TIMER] = "timer",
	[SET_EMPTY] = "empty",
	[SET_FOUND] = "found",
	[SET_ANCHOR_GONE] = "anchor gone",
	[SET_RELEASED] = "released",
	[SET_CLOSE] = "close",
	[SET_JOB_OVER] = "job over",
	[SET_NETWORK_GONE] = "network gone",
};

static const char *const state_names[SET_STATE_MAX] = {
	[SET_BUILDING] = "building", [SET_LIVE] = "live",       [SET_LINGERING] = "lingering",
	[SET_DRAINING] = "draining", [SET_KILLING] = "killing", [SET_LOST] = "lost",
	[SET_LEAVING] = "leaving",   [SET_HELD] = "held",       [SET_ENDING] = "ending",
};

TEST(test_the_table_is_that_of_the_page)
{
	NSI_AUTO_FILE FILE *page = fopen("docs/lifecycle.md", "re");
	NSI_AUTO_FREE char *line = NULL;
	size_t room = 0;

	assert_non_null(page);
	for (int event = 0; event < SET_EVENT_MAX; event++) {
		char *row = find_row(page, event_names[event], &line, &room);

		if (!row)
			fail_msg("docs/lifecycle.md has no row \"%s\"", event_names[event]);
		for (int at = 0; at < SET_STATE_MAX; at++) {
			const char *cell = next_cell(&row);

			if (!cell || strcmp(cell, set_step_name(at, event)) != 0)
				fail_msg("%s, %s: life.c has \"%s\", docs/lifecycle.md \"%s\"",
					 state_names[at], event_names[event],
					 set_step_name(at, event), cell ? cell : "nothing");
		}
	}
}

TEST(test_who_finds_which_set)
{
	struct set_key key = {.policy = "lab", .digest = 2, .owner = 2001, .user = "nsi-alice"};
	struct set_record rec = {.id = 1, .owner = 2001, .digest = 1, .user = "nsi-alice"};
	struct set *older, *newer;

	(void)snprintf(rec.policy, sizeof(rec.policy), "lab");
	assert_null(set_find(&x.sets, &key));
	older = set_adopt(&x.sets, &rec, -EBADF);
	assert_ptr_equal(set_find(&x.sets, &key),
			 older); /* of a policy that has changed: better than none */
	rec.id = 2;
	rec.digest = 2;
	newer = set_adopt(&x.sets, &rec, -EBADF);
	assert_ptr_equal(set_find(&x.sets, &key), newer);
	key.digest = 1;
	assert_ptr_equal(set_find(&x.sets, &key), older);
	older->state = SET_KILLING;
	assert_ptr_equal(set_find(&x.sets, &key), newer);
	newer->state = SET_LOST;
	assert_null(set_find(&x.sets, &key));
	newer->state = SET_DRAINING;
	assert_ptr_equal(set_find(&x.sets, &key), newer);
	key.nested = true;
	assert_null(set_find(&x.sets, &key));
	key.nested = false;
	key.owner = 2002;
	assert_null(set_find(&x.sets, &key));
}

TEST(test_a_uid_that_has_another_owner_finds_no_set)
{
	struct set_key key = {.policy = "lab", .user = "nsi-dave"};
	struct set_record rec = {.id = 1, .user = "nsi-alice"};
	struct set *set;

	(void)snprintf(rec.policy, sizeof(rec.policy), "lab");
	set = set_adopt(&x.sets, &rec, -EBADF);
	assert_null(set_find(&x.sets, &key)); /* there is no nsi-alice */
	set->rec.user = "root";
	assert_ptr_equal(set_find(&x.sets, &key), set); /* root is a name of uid 0 */
	key.scope = set->rec.scope = POL_SCOPE_GROUP;
	set->rec.user = "nsi-alice";
	assert_ptr_equal(set_find(&x.sets, &key), set);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_uid_that_has_another_owner_finds_no_set),
		CASE(test_the_last_session_ends_and_somebody_comes_back),
		CASE(test_every_change_makes_a_look_stale),
		CASE(test_linger_runs_once_and_is_broken_off),
		CASE(test_kill_is_entered_by_nobody),
		CASE(test_the_grace_begins_with_the_first_look_that_finds_somebody),
		CASE(test_nobody_is_left_and_nothing_stays),
		CASE(test_looks_become_rarer_but_not_too_rare),
		CASE(test_a_set_without_its_anchor_waits),
		CASE(test_lingering_begins_anew_behind_a_new_anchor),
		CASE(test_a_lost_set_lets_nobody_in_and_ends_with_its_processes),
		CASE(test_a_lost_set_is_killed_with_its_last_session_if_so_configured),
		CASE(test_a_set_that_is_built_is_not_ended),
		CASE(test_a_set_is_held_until_the_kernel_reports_its_file_systems),
		CASE(test_a_directory_on_disk_is_looked_for_when_all_else_is_over),
		CASE(test_a_directory_on_disk_that_outlives_its_set_is_not_looked_for),
		CASE(test_sets_of_jobs_wait_for_a_look_that_is_for_all),
		CASE(test_the_next_helper_goes_on_looking_for_a_directory),
		CASE(test_watches_that_were_kept_tell_what_is_gone),
		CASE(test_lost_reports_are_noticed_at_once),
		CASE(test_events_of_a_busy_directory_do_not_keep_the_loop),
		CASE(test_whose_file_system_has_gone_is_over),
		CASE(test_a_held_set_that_is_closed_is_entered_by_nobody),
		CASE(test_an_abandoned_set_is_over_if_the_kernel_says_so),
		CASE(test_a_login_that_waits_again_waits_for_the_next_news),
		CASE(test_a_login_that_has_gone_hears_nothing),
		CASE(test_logins_hear_why_the_set_could_not_be_built),
		CASE(test_a_set_with_a_new_anchor_is_not_over_before_its_logins_had_their_turn),
		CASE(test_the_table_is_that_of_the_page),
		CASE(test_who_finds_which_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
