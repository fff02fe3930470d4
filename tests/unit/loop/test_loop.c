/* SPDX-License-Identifier: MIT */
/* The order of timers, and handlers that change timers and sources */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "loop/loop.h"
#include "tests/unit/test.h"

static struct loop loop;
static char order[32];

struct named {
	char name;
	struct timer timer;
	struct named *other; /* that it arms, or disarms */
};

static void note(struct timer *t)
{
	char text[2] = {loop_owner(t, struct named, timer)->name, '\0'};

	strcat(order, text);
}

static void stop_loop(struct timer *t)
{
	note(t);
	loop.stop = true;
}

static void disarm_other(struct timer *t)
{
	note(t);
	loop_disarm(&loop, &loop_owner(t, struct named, timer)->other->timer);
}

static void arm_other(struct timer *t)
{
	note(t);
	loop_arm(&loop, &loop_owner(t, struct named, timer)->other->timer, 1000);
}

static void arm_again_thrice(struct timer *t)
{
	note(t);
	if (strlen(order) < 3)
		loop_arm(&loop, t, 0);
	else
		loop.stop = true;
}

static unsigned turns;

static void count_turn(struct loop *l)
{
	(void)l;
	turns++;
}

static int set_up(void **state)
{
	(void)state;
	order[0] = '\0';
	turns = 0;
	return loop_init(&loop);
}

static int tear_down(void **state)
{
	(void)state;
	loop_done(&loop);
	return 0;
}

TEST(test_the_soonest_fires_first)
{
	struct named a = {'a', {.fire = note}, NULL}, b = {'b', {.fire = note}, NULL};
	struct named c = {'c', {.fire = note}, NULL}, z = {'z', {.fire = stop_loop}, NULL};

	loop_arm(&loop, &c.timer, 9000);
	loop_arm(&loop, &z.timer, 12000);
	loop_arm(&loop, &a.timer, 3000);
	loop_arm(&loop, &b.timer, 6000);
	assert_int_equal(loop_run(&loop, count_turn), 0);
	assert_string_equal(order, "abcz");
	assert_true(LIST_EMPTY(&loop.timers));
	assert_int_equal(a.timer.due_us, 0);
}

TEST(test_equal_ones_fire_as_they_were_armed)
{
	struct named a = {'a', {.fire = note}, NULL}, b = {'b', {.fire = stop_loop}, NULL};

	loop_arm(&loop, &a.timer, 0);
	b.timer.due_us = 0;
	loop_arm(&loop, &b.timer, 0);
	a.timer.due_us = b.timer.due_us; /* to the microsecond */
	assert_int_equal(loop_run(&loop, count_turn), 0);
	assert_string_equal(order, "ab");
}

TEST(test_none_fires_early)
{
	struct named z = {'z', {.fire = stop_loop}, NULL};
	uint64_t begun = clock_now_us();

	loop_arm(&loop, &z.timer, 30000);
	assert_int_equal(loop_run(&loop, count_turn), 0);
	assert_true(clock_now_us() - begun >= 30000);
}

TEST(test_arming_again_replaces)
{
	struct named a = {'a', {.fire = note}, NULL}, b = {'b', {.fire = note}, NULL};
	struct named z = {'z', {.fire = stop_loop}, NULL};

	loop_arm(&loop, &a.timer, 1000);
	loop_arm(&loop, &b.timer, 5000);
	loop_arm(&loop, &z.timer, 12000);
	loop_arm(&loop, &a.timer, 9000); /* behind b now, and once */
	assert_int_equal(loop_run(&loop, count_turn), 0);
	assert_string_equal(order, "baz");
}

TEST(test_a_disarmed_one_does_not_fire)
{
	struct named a = {'a', {.fire = note}, NULL}, z = {'z', {.fire = stop_loop}, NULL};

	loop_disarm(&loop, &a.timer); /* a timer that was never armed */
	loop_arm(&loop, &a.timer, 1000);
	loop_arm(&loop, &z.timer, 3000);
	loop_disarm(&loop, &a.timer);
	loop_disarm(&loop, &a.timer);
	assert_int_equal(loop_run(&loop, count_turn), 0);
	assert_string_equal(order, "z");
}

TEST(test_a_handler_disarms_one_that_is_due_as_well)
{
	struct named b = {'b', {.fire = note}, NULL}, a = {'a', {.fire = disarm_other}, &b};
	struct named z = {'z', {.fire = stop_loop}, NULL};

	loop_arm(&loop, &a.timer, 0);
	loop_arm(&loop, &b.timer, 0);
	loop_arm(&loop, &z.timer, 5000);
	(void)usleep(2000); /* both are due at the first look */
	assert_int_equal(loop_run(&loop, count_turn), 0);
	assert_string_equal(order, "az");
}

TEST(test_a_handler_arms_another_and_itself)
{
	struct named z = {'z', {.fire = arm_again_thrice}, NULL};
	struct named a = {'a', {.fire = arm_other}, &z};

	loop_arm(&loop, &a.timer, 0);
	assert_int_equal(loop_run(&loop, count_turn), 0);
	assert_string_equal(order, "azz");
}

struct watched {
	struct source source;
	struct watched *other; /* goes with the first that is ready */
};

static void free_both(struct source *s)
{
	struct watched *w = loop_owner(s, struct watched, source);

	strcat(order, "r");
	loop_remove(&loop, &w->other->source);
	loop_remove(&loop, s);
	free(w->other);
	free(w);
	loop.stop = true;
}

TEST(test_a_handler_frees_another_that_is_ready_as_well)
{
	struct watched *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));
	int pipes[2][2];

	assert_true(a && b && pipe(pipes[0]) == 0 && pipe(pipes[1]) == 0);
	a->source = (struct source){.fd = pipes[0][0], .ready = free_both};
	b->source = (struct source){.fd = pipes[1][0], .ready = free_both};
	a->other = b;
	b->other = a;
	assert_int_equal(loop_add(&loop, &a->source, EPOLLIN), 0);
	assert_int_equal(loop_add(&loop, &b->source, EPOLLIN), 0);
	assert_int_equal(write(pipes[0][1], "x", 1) + write(pipes[1][1], "x", 1), 2);
	assert_int_equal(loop_run(&loop, count_turn), 0);
	assert_string_equal(order, "r");
	for (int i = 0; i < 4; i++)
		close(pipes[i / 2][i % 2]);
}

TEST(test_a_source_that_cannot_be_watched_is_told_of)
{
	struct source s = {.fd = -EBADF};

	assert_int_equal(loop_add(&loop, &s, EPOLLIN), -EBADF);
	loop_remove(&loop, &s); /* is left alone */
}

struct posted {
	char name;
	struct loop_job job;
	struct posted *other; /* that it posts */
};

static void note_job(struct loop_job *j)
{
	struct posted *p = loop_owner(j, struct posted, job);
	char text[2] = {p->name, '\0'};

	strcat(order, text);
	if (p->other)
		loop_post(&loop, &p->other->job);
}

TEST(test_jobs_run_once_in_the_order_that_they_were_posted_in)
{
	struct posted c = {'c', {.run = note_job}, NULL};
	struct posted a = {'a', {.run = note_job}, &c}, b = {'b', {.run = note_job}, NULL};

	loop_post(&loop, &a.job);
	loop_post(&loop, &b.job);
	loop_post(&loop, &a.job);
	loop_run_jobs(&loop);
	assert_string_equal(order, "abc");
	loop_run_jobs(&loop);
	assert_string_equal(order, "abc");
}

TEST(test_a_job_that_is_taken_back_does_not_run)
{
	struct posted a = {'a', {.run = note_job}, NULL}, b = {'b', {.run = note_job}, NULL};
	struct posted c = {'c', {.run = note_job}, NULL};

	loop_unpost(&loop, &a.job); /* a job that is not posted is ignored */
	loop_post(&loop, &a.job);
	loop_post(&loop, &b.job);
	loop_unpost(&loop, &b.job);
	loop_post(&loop, &c.job);
	loop_unpost(&loop, &a.job);
	loop_run_jobs(&loop);
	assert_string_equal(order, "c");
}

static void stop_at_third(struct loop *l)
{
	strcat(order, "w");
	l->stop = ++turns == 3;
}

static void test_before_each_wait_all_jobs_are_done(void **state)
{
	struct posted b = {'b', {.run = note_job}, NULL};
	struct posted a = {'a', {.run = note_job}, &b};
	struct named z = {'z', {.fire = note}, NULL};
	struct named t = {'t', {.fire = arm_other}, &z}; /* which are never due in one turn */

	(void)state;
	loop_post(&loop, &a.job);
	loop_arm(&loop, &t.timer, 1000);
	assert_int_equal(loop_run(&loop, stop_at_third), 0);
	assert_string_equal(order, "abwtwzw");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_the_soonest_fires_first),
		CASE(test_equal_ones_fire_as_they_were_armed),
		CASE(test_none_fires_early),
		CASE(test_arming_again_replaces),
		CASE(test_a_disarmed_one_does_not_fire),
		CASE(test_a_handler_disarms_one_that_is_due_as_well),
		CASE(test_a_handler_arms_another_and_itself),
		CASE(test_a_handler_frees_another_that_is_ready_as_well),
		CASE(test_jobs_run_once_in_the_order_that_they_were_posted_in),
		CASE(test_a_job_that_is_taken_back_does_not_run),
		CASE(test_before_each_wait_all_jobs_are_done),
		CASE(test_a_source_that_cannot_be_watched_is_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
