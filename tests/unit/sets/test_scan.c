/* SPDX-License-Identifier: MIT */
/* The answers of the scanner's child: to which set each goes, and what becomes of those that are cut short or too late */
#include <stdlib.h>

#include "sets/look.h"
#include "tests/unit/logged.h"
#include "tests/unit/sets/life_set.h"

static void (*answer_is_there)(struct work *w);

/* Starts a scanner, whose child is ended before it can say a word: the tests speak for it. */
static void begin_scan(void)
{
	struct scanner *s = &x.sets.scanner;

	scanner_init(s, &x.sets);
	scanner_start(s);
	assert_true(work_is_busy(&s->work));
	answer_is_there = s->work.done;
	work_cancel(&s->work);
}

/* Keeps the next child from being started: one is under way for ever. */
static void hold_scanner(void)
{
	x.sets.scanner.again = false;
	x.sets.scanner.work = (struct work)WORK_NONE;
	x.sets.scanner.work.pidfd = x.sets.host.sets_fd;
}

static void child_answers(const struct look_answer *answers, size_t size)
{
	struct work *w = &x.sets.scanner.work;

	w->answer = malloc(size + 1);
	assert_non_null(w->answer);
	memcpy(w->answer, answers, size);
	w->used = size;
	answer_is_there(w);
}

static void wants_look(void)
{
	x.set->state = SET_DRAINING;
	x.set->wants_look = true;
}

static bool is_done_again(void)
{
	bool due = x.sets.scanner.next.due_us > 0;

	loop_disarm(&x.sets.loop, &x.sets.scanner.next);
	return due;
}

TEST(test_an_answer_goes_to_its_set)
{
	struct look_answer answers[3] = {{.set = 2, .found = {.members = 5}}, {.set = 1}};
	struct set *other;

	adopt(2, POL_LAST_WAIT, 0);
	wants_look();
	other = x.set;
	set_unwait(&x.sets.loop, &x.login);
	adopt(1, POL_LAST_WAIT, 0);
	wants_look();
	begin_scan();
	answers[0].changes = other->changes;
	answers[1].changes = x.set->changes;
	answers[1].found = (struct set_found){.members = 3, .pid = 4711, .is_whole = true};
	child_answers(answers, sizeof(answers));
	assert_int_equal(other->found.members, 5);
	assert_int_equal(x.set->found.members, 3);
	assert_int_equal(x.set->found.pid, 4711);
	assert_int_equal(x.set->state, SET_DRAINING);
	assert_false(set_wants_scan(x.set) || set_wants_scan(other));
	assert_true(x.set->timer.due_us > 0); /* it is looked at again */
	assert_false(is_done_again());
	hold_scanner();
}

TEST(test_a_set_in_which_nobody_is_left_is_left)
{
	struct look_answer answers[2] = {{.set = 1}};

	adopt(1, POL_LAST_WAIT, 0);
	wants_look();
	file_system_is_there(true);
	begin_scan();
	answers[0].changes = x.set->changes;
	hold_scanner();
	child_answers(answers, sizeof(answers));
	assert_int_equal(x.set->state, SET_LEAVING);
	hold_scanner();
}

/* A session has begun meanwhile, say: whoever was found or not proves nothing. */
TEST(test_an_answer_that_is_too_late_is_asked_for_again)
{
	struct look_answer answers[2] = {{.set = 1, .found = {.members = 3}}};

	adopt(1, POL_LAST_WAIT, 0);
	wants_look();
	begin_scan();
	answers[0].changes = x.set->changes++;
	child_answers(answers, sizeof(answers));
	assert_int_equal(x.set->found.members, 0);
	assert_true(set_wants_scan(x.set));
	assert_true(work_is_busy(&x.sets.scanner.work)); /* it looks */
	work_cancel(&x.sets.scanner.work);
	hold_scanner();
}

TEST(test_answers_about_others_are_nobodys)
{
	const struct look_answer answers[3] = {{.set = 9, .found = {.members = 1}},
					       {.set = 1, .found = {.members = 1}}};

	adopt(1, POL_LAST_WAIT, 0); /* which has not asked */
	begin_scan();
	child_answers(answers, sizeof(answers));
	assert_int_equal(x.set->found.members, 0);
	assert_int_equal(x.set->state, SET_LIVE);
	assert_false(work_is_busy(&x.sets.scanner.work));
	hold_scanner();
}

/* Has the child say @size bytes of an answer about the set; returns what is logged. */
static const char *child_says(size_t size)
{
	struct look_answer answers[2] = {{.set = 1, .found = {.members = 3}}};
	struct logged log;

	adopt(1, POL_LAST_WAIT, 0);
	wants_look();
	begin_scan();
	answers[0].changes = x.set->changes;
	logged_begin(&log);
	child_answers(answers, size);
	return logged_end(&log);
}

TEST(test_a_child_that_says_nothing_is_started_again)
{
	const char *log = child_says(0);

	assert_non_null(strstr(log, "the search for processes was aborted; it is done again"));
	assert_true(is_done_again());
	assert_true(set_wants_scan(x.set));
	hold_scanner();
}

TEST(test_what_a_child_said_before_it_was_killed_counts)
{
	const char *log = child_says(sizeof(struct look_answer));

	assert_non_null(strstr(log, "the search for processes was aborted; it is done again"));
	assert_true(is_done_again()); /* for those that it had not come to */
	assert_int_equal(x.set->found.members, 3);
	hold_scanner();
}

TEST(test_half_an_answer_is_none)
{
	const char *log = child_says(sizeof(struct look_answer) / 2);

	assert_non_null(strstr(log, "the search for processes was aborted; it is done again"));
	assert_true(is_done_again());
	assert_int_equal(x.set->found.members, 0);
	assert_true(set_wants_scan(x.set));
	hold_scanner();
}

TEST(test_who_asks_during_a_look_gets_another_behind_it)
{
	const struct look_answer last = {0};

	begin_scan();
	hold_scanner();
	scanner_start(&x.sets.scanner);
	assert_true(looks());
	x.sets.scanner.again = true;
	x.sets.scanner.work = (struct work)WORK_NONE; /* that look is over */
	child_answers(&last, sizeof(last));
	assert_true(work_is_busy(&x.sets.scanner.work));
	work_cancel(&x.sets.scanner.work);
	hold_scanner();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_an_answer_goes_to_its_set),
		CASE(test_a_set_in_which_nobody_is_left_is_left),
		CASE(test_an_answer_that_is_too_late_is_asked_for_again),
		CASE(test_answers_about_others_are_nobodys),
		CASE(test_a_child_that_says_nothing_is_started_again),
		CASE(test_what_a_child_said_before_it_was_killed_counts),
		CASE(test_half_an_answer_is_none),
		CASE(test_who_asks_during_a_look_gets_another_behind_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
