/* SPDX-License-Identifier: MIT */
/* Sets that are held until the kernel reports that nothing uses them */
#include "tests/unit/sets/life_set.h"

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
	assert_ptr_equal(LIST_FIRST(&x.sets.all), second);
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

TEST(test_an_abandoned_set_is_over_if_the_kernel_says_so)
{
	adopt(1, POL_LAST_WAIT, 10);
	x.set->rec.types = 0;
	set_abandon(x.set);
	assert_true(is_gone());
	turn();
	assert_int_equal(x.news, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
