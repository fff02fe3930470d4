/* SPDX-License-Identifier: MIT */
/* Moves of a set between its states, as docs/lifecycle.md has them */
#include "tests/unit/sets/life_set.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		CASE(test_the_table_is_that_of_the_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
