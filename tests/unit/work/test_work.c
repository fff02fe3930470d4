/* SPDX-License-Identifier: MIT */
/* Children of the helper: their answers, ends and deadlines */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "tests/unit/test.h"
#include "work/work.h"

static struct loop loop;
static struct work work;
static unsigned ends, most_ends;
static char heard[64];

static int set_up(void **state)
{
	(void)state;
	work = (struct work)WORK_NONE;
	ends = 0;
	most_ends = 1;
	heard[0] = '\0';
	return loop_init(&loop);
}

static int tear_down(void **state)
{
	(void)state;
	work_cancel(&work);
	loop_done(&loop);
	return 0;
}

static void on_done(struct work *w)
{
	assert_false(work_is_busy(w));
	loop.stop = ++ends == most_ends;
}

static void nothing(struct loop *l)
{
	(void)l;
}

static void run(const struct work_order *order)
{
	assert_int_equal(work_start(&work, &loop, order), 0);
	assert_int_equal(loop_run(&loop, nothing), 0);
	loop.stop = false;
}

static int greet(const void *arg, const int *fds, int out, struct nsi_fail *f)
{
	(void)fds;
	(void)f;
	return fd_write_all(out, arg, strlen(arg)) < 0 ? 9 : 3;
}

TEST(test_the_answer_and_the_status_arrive)
{
	run(&(struct work_order){.run = greet, .arg = "hello", .done = on_done});
	assert_int_equal(work.status, 3);
	assert_string_equal(work.answer, "hello");
	assert_true(work.is_whole);
}

static int fail_with(const void *arg, const int *fds, int out, struct nsi_fail *f)
{
	(void)fds;
	(void)out;
	return fail_set(f, EIO, "%s", (const char *)arg);
}

TEST(test_who_fails_says_why)
{
	struct nsi_fail f = {""};

	run(&(struct work_order){.run = fail_with, .arg = "the disk is on fire", .done = on_done});
	assert_false(work_is_good(&work, &f, "it was interrupted"));
	assert_string_equal(f.what, "the disk is on fire");
}

static int die(const void *arg, const int *fds, int out, struct nsi_fail *f)
{
	(void)arg;
	(void)fds;
	(void)f;
	(void)fd_write_all(out, "half", 4);
	(void)kill(getpid(), SIGKILL);
	return 0;
}

TEST(test_who_is_killed_says_nothing)
{
	struct nsi_fail f = {""};

	run(&(struct work_order){.run = die, .done = on_done});
	assert_int_equal(work.status, -1);
	assert_false(work_is_good(&work, &f, "it was interrupted"));
	assert_string_equal(f.what, "it was interrupted");
}

static int hang(const void *arg, const int *fds, int out, struct nsi_fail *f)
{
	(void)arg;
	(void)fds;
	(void)out;
	(void)f;
	while (pause() < 0)
		;
	return 0;
}

TEST(test_who_hangs_is_killed_at_the_deadline)
{
	run(&(struct work_order){.run = hang, .patience_us = 20000, .done = on_done});
	assert_int_equal(work.status, -1);
	assert_false(work.is_whole);
	assert_true(LIST_EMPTY(&loop.timers));
}

TEST(test_an_alarm_ends_who_hangs_without_a_helper)
{
	run(&(struct work_order){.run = hang, .seconds = 1, .done = on_done});
	assert_int_equal(work.status, -1);
}

TEST(test_what_is_longer_than_it_may_be_is_not_whole)
{
	run(&(struct work_order){.run = greet, .arg = "hello", .most = 4, .done = on_done});
	assert_false(work.is_whole);
}

TEST(test_who_is_cancelled_is_never_done)
{
	const struct work_order order = {.run = hang, .patience_us = 20000, .done = on_done};
	int pidfd;

	assert_int_equal(work_start(&work, &loop, &order), 0);
	pidfd = work.pidfd;
	work_cancel(&work);
	work_cancel(&work);
	assert_false(work_is_busy(&work));
	assert_true(LIST_EMPTY(&loop.timers));
	assert_int_equal(waitid(P_PIDFD, (id_t)pidfd, &(siginfo_t){0}, WEXITED | WNOHANG), -1);
	assert_int_equal(ends, 0);
}

static void start_another(struct work *w)
{
	if (++ends == 3) {
		loop.stop = true;
		return;
	}
	assert_int_equal(work_start(w, &loop,
				    &(struct work_order){
					    .run = greet, .arg = "again", .done = start_another}),
			 0);
}

TEST(test_who_is_done_may_begin_again)
{
	run(&(struct work_order){.run = greet, .arg = "first", .done = start_another});
	assert_int_equal(ends, 3);
	assert_string_equal(work.answer, "again");
}

static void take_and_start(struct work *w)
{
	char *answer;

	if (++ends == 2) {
		loop.stop = true;
		return;
	}
	answer = work_take(w);
	assert_int_equal(work_start(w, &loop,
				    &(struct work_order){
					    .run = greet, .arg = "second", .done = take_and_start}),
			 0);
	assert_string_equal(answer, "first"); /* the next work has not freed it */
	free(answer);
}

TEST(test_an_answer_that_is_taken_outlives_the_next_work)
{
	run(&(struct work_order){.run = greet, .arg = "first", .done = take_and_start});
	assert_int_equal(ends, 2);
	assert_string_equal(work.answer, "second");
}

static int flood(const void *arg, const int *fds, int out, struct nsi_fail *f)
{
	char block[4096] = "x";

	(void)arg;
	(void)fds;
	(void)f;
	while (fd_write_all(out, block, sizeof(block)) == 0)
		;
	return 0;
}

/* Takes as long as the child takes to write more. */
static void drop_heard(struct work *w)
{
	struct pollfd more = {.fd = w->pipe.fd, .events = POLLIN};

	work_consume(w, w->used);
	assert_int_equal(poll(&more, 1, 10000), 1);
}

static void work_test_stop(struct timer *t)
{
	(void)t;
	loop.stop = true;
}

TEST(test_who_never_stops_writing_does_not_keep_the_loop)
{
	struct timer soon = {.fire = work_test_stop};

	loop_arm(&loop, &soon, 20000);
	(void)alarm(30);
	run(&(struct work_order){
		.run = flood, .most = 65536, .heard = drop_heard, .done = on_done});
	(void)alarm(0);
	assert_true(work_is_busy(&work));
	assert_int_equal(ends, 0);
}

/* The child has the three descriptors that it was given, one of which is none, and no other. */
static int look_at_fds(const void *arg, const int *fds, int out, struct nsi_fail *f)
{
	char got[2] = "";

	(void)arg;
	(void)f;
	if (fds[1] != -EBADF || read(fds[0], &got[0], 1) != 1 || read(fds[2], &got[1], 1) != 1)
		return 1;
	return fd_write_all(out, got, 2) < 0;
}

TEST(test_descriptors_are_where_the_order_says)
{
	int a[2], b[2];

	assert_int_equal(pipe(a), 0);
	assert_int_equal(pipe(b), 0);
	assert_int_equal(write(a[1], "a", 1), 1);
	assert_int_equal(write(b[1], "b", 1), 1);
	run(&(struct work_order){
		.run = look_at_fds, .fds = {b[0], -EBADF, a[0]}, .fd_count = 3, .done = on_done});
	assert_int_equal(work.status, 0);
	assert_string_equal(work.answer, "ba");
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
}

static void on_heard(struct work *w)
{
	strncat(heard, w->answer, sizeof(heard) - strlen(heard) - 1);
	work_consume(w, w->used);
}

TEST(test_what_is_heard_is_not_kept)
{
	run(&(struct work_order){
		.run = greet, .arg = "abc", .most = 3, .heard = on_heard, .done = on_done});
	assert_string_equal(heard, "abc");
	assert_int_equal(work.used, 0);
	assert_true(work.is_whole);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_the_answer_and_the_status_arrive),
		CASE(test_who_fails_says_why),
		CASE(test_who_is_killed_says_nothing),
		CASE(test_who_hangs_is_killed_at_the_deadline),
		CASE(test_an_alarm_ends_who_hangs_without_a_helper),
		CASE(test_what_is_longer_than_it_may_be_is_not_whole),
		CASE(test_who_is_cancelled_is_never_done),
		CASE(test_who_is_done_may_begin_again),
		CASE(test_an_answer_that_is_taken_outlives_the_next_work),
		CASE(test_who_never_stops_writing_does_not_keep_the_loop),
		CASE(test_descriptors_are_where_the_order_says),
		CASE(test_what_is_heard_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
