/* SPDX-License-Identifier: MIT */
/* The watch over the views of sets: what makes a login wait for a look, and what the next helper knows */
#include <stdlib.h>
#include <sys/pidfd.h>

#include "tests/unit/logged.h"
#include "tests/unit/sets/life_set.h"

/* The loop does not run: that a look is asked for shows in the timer, and no child is started. */
static int begin(void **state)
{
	if (set_up(state) < 0)
		return -1;
	upkeep_init(&x.sets.upkeep, &x.sets);
	return x.sets.upkeep.events.fd < 0 ? -1 : 0;
}

static int end(void **state)
{
	struct upkeep *u = &x.sets.upkeep;

	while (!LIST_EMPTY(&x.sets.all)) {
		nsi_closep(&LIST_FIRST(&x.sets.all)->anchor.pidfd); /* this process */
		set_free(LIST_FIRST(&x.sets.all));
	}
	loop_disarm(&x.sets.loop, &u->next);
	loop_remove(&x.sets.loop, &u->events);
	nsi_closep(&u->events.fd);
	free(u->names);
	return tear_down(state);
}

/* A set with a bind mount at /etc/nsi-motd, with this process for an anchor. */
static struct set *adopt_watched(void)
{
	const struct cover_row bind = {.type = COVER_BIND};

	adopt(1, POL_LAST_WAIT, 0);
	x.set->anchor.pid = getpid();
	x.set->anchor.pidfd = (int)pidfd_open(getpid(), 0);
	assert_int_equal(cover_list_add(&x.set->upkeep.covers, &bind, "/etc/nsi-motd",
					"/srv/nsi-lab/text", NULL),
			 0);
	return x.set;
}

static bool is_looked_at_soon(void)
{
	bool is_due = x.sets.upkeep.next.due_us > 0;

	loop_disarm(&x.sets.loop, &x.sets.upkeep.next);
	return is_due;
}

/* A name comes up in a directory that is watched. */
static void make_name(const char *name)
{
	struct upkeep *u = &x.sets.upkeep;

	assert_true(inotify_add_watch(u->events.fd, x.s.top, IN_CREATE | IN_MOVED_TO) >= 0);
	assert_int_equal(scratch_write(&x.s, name, ""), 0);
}

TEST(test_a_new_set_makes_nobody_wait)
{
	struct set *set = adopt_watched();

	upkeep_begin(set, true);
	assert_true(upkeep_is_settled(set));
	assert_true(is_looked_at_soon());
}

TEST(test_a_set_that_nobody_has_watched_is_looked_at_first)
{
	struct set *set = adopt_watched();

	upkeep_begin(set, false);
	assert_false(upkeep_is_settled(set));
	assert_true(is_looked_at_soon());
	set->upkeep.state = UPKEEP_CURRENT; /* it has been */
	assert_true(upkeep_is_settled(set));
}

TEST(test_a_name_on_the_way_to_a_path_makes_a_look_necessary)
{
	static const char *const names[] = {"nsi-motd", "nsi-lab", "text"};
	struct set *set = adopt_watched();

	upkeep_begin(set, true);
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		set->upkeep.state = UPKEEP_CURRENT;
		assert_true(upkeep_is_settled(set));
		make_name(names[i]);
		assert_false(upkeep_is_settled(set)); /* asked for, before the loop comes to it */
		assert_int_equal(set->upkeep.state, UPKEEP_STALE);
	}
}

TEST(test_other_names_are_nobodys_business)
{
	struct set *set = adopt_watched();

	upkeep_begin(set, true);
	(void)is_looked_at_soon();
	set->upkeep.state = UPKEEP_CURRENT;
	make_name("nsi-other");
	assert_true(upkeep_is_settled(set));
	x.sets.upkeep.events.ready(&x.sets.upkeep.events);
	assert_true(upkeep_is_settled(set));
	assert_false(is_looked_at_soon());
}

TEST(test_a_view_that_is_lost_is_entered_by_nobody)
{
	struct set *set = adopt_watched();

	upkeep_begin(set, true);
	assert_null(upkeep_failure(set));
	set->upkeep.is_lost = true;
	assert_string_equal(upkeep_failure(set), "its view cannot be put back");
	assert_false(upkeep_is_settled(set));
	set->upkeep.failure = strdup("/etc/nsi-motd is no file");
	assert_string_equal(upkeep_failure(set), "/etc/nsi-motd is no file");
	upkeep_end(set); /* its anchor leaves: the set is not entered for other reasons */
	assert_null(upkeep_failure(set));
}

TEST(test_the_next_helper_watches_the_same)
{
	struct set *set = adopt_watched();

	if (geteuid() != 0)
		skip(); /* it reads root's files alone */
	upkeep_begin(set, true);
	upkeep_save(set);
	cover_list_done(&set->upkeep.covers);
	upkeep_end(set);
	assert_true(upkeep_is_settled(set)); /* it is not watched */
	upkeep_adopt(set);
	assert_string_equal(cover_path(cover_list_next(&set->upkeep.covers, NULL)),
			    "/etc/nsi-motd");
	assert_false(upkeep_is_settled(set)); /* nobody has watched meanwhile */
}

TEST(test_a_list_that_is_missing_is_logged)
{
	struct set *set = adopt_watched();
	struct logged log;

	cover_list_done(&set->upkeep.covers);
	logged_begin(&log);
	upkeep_adopt(set);
	assert_non_null(strstr(logged_end(&log), "the view of set 1 is not watched: its list "
						 "cannot be read (No such file or directory)"));
	assert_true(upkeep_is_settled(set));
}

TEST(test_a_set_without_mounts_of_its_own_is_not_watched)
{
	struct set *set = adopt_watched();

	cover_list_done(&set->upkeep.covers);
	upkeep_begin(set, true);
	assert_false(is_looked_at_soon());
	assert_true(upkeep_is_settled(set));
	assert_false(upkeep_watch_mounts(set));
}

#undef CASE
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_new_set_makes_nobody_wait),
		CASE(test_a_set_that_nobody_has_watched_is_looked_at_first),
		CASE(test_a_name_on_the_way_to_a_path_makes_a_look_necessary),
		CASE(test_other_names_are_nobodys_business),
		CASE(test_a_view_that_is_lost_is_entered_by_nobody),
		CASE(test_the_next_helper_watches_the_same),
		CASE(test_a_list_that_is_missing_is_logged),
		CASE(test_a_set_without_mounts_of_its_own_is_not_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
