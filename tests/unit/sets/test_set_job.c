/* SPDX-License-Identifier: MIT */
/* The end of a job, by its control group: files in a directory stand for it */
#include "tests/unit/logged.h"
#include "tests/unit/sets/life_set.h"

static int begin(void **state)
{
	struct nsi_fail f = {""};

	return set_up(state) < 0 || jobs_init(&x.sets.jobs, &x.sets, &f) < 0 ? -1 : 0;
}

static int end(void **state)
{
	while (!LIST_EMPTY(&x.sets.all))
		set_free(LIST_FIRST(&x.sets.all));
	loop_disarm(&x.sets.loop, &x.sets.jobs.timer);
	loop_remove(&x.sets.loop, &x.sets.jobs.events);
	nsi_closep(&x.sets.jobs.events.fd);
	return tear_down(state);
}

static void write_group(const char *name, const char *text)
{
	assert_int_equal(scratch_write(&x.s, name, text), 0);
}

static void is_populated(bool is)
{
	write_group("cg/job_12/cgroup.events", is ? "populated 1\n" : "populated 0\n");
}

/* A set of the job, whose group is there. */
static struct set *adopt_job(uint64_t id, bool is_v2)
{
	struct set_record rec = {.id = id,
				 .types = 1,
				 .scope = POL_SCOPE_JOB,
				 .on_last_close = POL_LAST_WAIT,
				 .job_is_v2 = is_v2};
	struct stat st;

	(void)snprintf(rec.job_name, sizeof(rec.job_name), "12");
	(void)snprintf(rec.job_group, sizeof(rec.job_group), "%s",
		       scratch_path(&x.s, 1, "cg/job_12"));
	assert_int_equal(stat(rec.job_group, &st), 0);
	rec.job_id = st.st_ino;
	x.set = set_adopt(&x.sets, &rec, -EBADF);
	assert_non_null(x.set);
	return x.set;
}

/* The helper hears of what has happened. */
static void hear(void)
{
	x.sets.jobs.events.ready(&x.sets.jobs.events);
}

TEST(test_a_job_is_over_when_its_last_process_leaves)
{
	struct logged log;
	struct set *set;

	is_populated(true);
	set = adopt_job(1, true);
	job_watch(set);
	assert_true(job_is_running(set));
	set_step(set, SET_SESSIONS);
	assert_int_equal(set->state, SET_LIVE); /* without a session */
	is_populated(false);
	logged_begin(&log);
	hear();
	assert_non_null(strstr(logged_end(&log), "job over set=1 job=12"));
	assert_false(job_is_running(set));
	assert_int_equal(set->state, SET_DRAINING);
}

TEST(test_a_change_that_leaves_processes_ends_nothing)
{
	struct set *set;

	is_populated(true);
	set = adopt_job(1, true);
	job_watch(set);
	write_group("cg/job_12/cgroup.events", "populated 1\nfrozen 0\n");
	hear();
	assert_true(job_is_running(set));
	assert_int_equal(set->state, SET_LIVE);
}

TEST(test_a_group_that_is_removed_is_a_job_that_is_over)
{
	struct set *set;

	write_group("cg/job_12/cgroup.procs", "4711\n");
	write_group("cg/job_13/cgroup.procs", "");
	set = adopt_job(1, false);
	job_watch(set);
	assert_true(job_is_running(set));
	assert_true(x.sets.jobs.timer.due_us > 0); /* version 1 does not report an empty group */
	assert_int_equal(unlink(scratch_path(&x.s, 0, "cg/job_13/cgroup.procs")), 0);
	assert_int_equal(rmdir(scratch_path(&x.s, 0, "cg/job_13")), 0);
	hear();
	assert_true(job_is_running(set));
	assert_int_equal(unlink(scratch_path(&x.s, 0, "cg/job_12/cgroup.procs")), 0);
	assert_int_equal(rmdir(scratch_path(&x.s, 0, "cg/job_12")), 0);
	hear();
	assert_false(job_is_running(set));
	assert_int_equal(set->state, SET_DRAINING);
}

TEST(test_an_empty_group_of_version_1_is_found_by_the_timer)
{
	struct timer *timer = &x.sets.jobs.timer;
	struct set *set;

	write_group("cg/job_12/cgroup.procs", "4711\n");
	set = adopt_job(1, false);
	job_watch(set);
	loop_disarm(&x.sets.loop, timer);
	timer->fire(timer);
	assert_true(job_is_running(set));
	assert_true(timer->due_us > 0);
	write_group("cg/job_12/cgroup.procs", "");
	loop_disarm(&x.sets.loop, timer);
	timer->fire(timer);
	assert_false(job_is_running(set));
	assert_int_equal(timer->due_us, 0); /* nobody needs it any more */
}

/* Numbers of jobs start anew with the resource manager's data base. */
TEST(test_another_group_of_the_same_name_is_another_job)
{
	struct set *set;

	is_populated(true);
	set = adopt_job(1, true);
	set->rec.job_id++;
	job_watch(set);
	assert_false(job_is_running(set));
}

TEST(test_a_group_that_cannot_be_read_is_taken_to_be_in_use)
{
	struct logged log;
	struct set *set;

	is_populated(true);
	set = adopt_job(1, true);
	assert_int_equal(unlink(scratch_path(&x.s, 0, "cg/job_12/cgroup.events")), 0);
	assert_int_equal(rmdir(scratch_path(&x.s, 0, "cg/job_12")), 0);
	write_group("cg/job_12", "no directory");
	logged_begin(&log);
	job_watch(set);
	assert_non_null(strstr(logged_end(&log), "set 1: cannot watch "));
	assert_true(job_is_running(set));
	assert_true(x.sets.jobs.timer.due_us > 0);
}

TEST(test_sets_of_one_job_hear_of_its_end_each)
{
	struct set *first, *second;

	is_populated(true);
	first = adopt_job(1, true);
	second = adopt_job(2, true);
	job_watch(first);
	job_watch(second);
	job_forget(first); /* the watch is the other's, too */
	is_populated(false);
	hear();
	assert_false(job_is_running(second));
	assert_int_equal(second->state, SET_DRAINING);
	assert_int_equal(first->state, SET_LIVE);
}

TEST(test_a_set_of_no_job_has_none_that_runs)
{
	adopt(1, POL_LAST_WAIT, 0);
	job_watch(x.set);
	assert_false(job_is_running(x.set));
	assert_int_equal(x.sets.jobs.timer.due_us, 0);
}

TEST(test_sessions_whose_openers_have_all_ended)
{
	struct session alive = {.process.fd = -EBADF}, dead = {.process.fd = -EBADF};
	int fds[2];

	adopt(1, POL_LAST_WAIT, 0);
	assert_false(job_has_dead_sessions_only(x.set)); /* there are none */
	assert_int_equal(pipe2(fds, O_CLOEXEC),
			 0); /* readable, as a pidfd is at the end of its process */
	dead.process.fd = fds[0];
	assert_int_equal(write(fds[1], "", 1), 1);
	LIST_INSERT_HEAD(&x.set->sessions, &dead, link);
	assert_true(job_has_dead_sessions_only(x.set));
	alive.process.fd = fds[1];
	LIST_INSERT_HEAD(&x.set->sessions, &alive, link);
	assert_false(job_has_dead_sessions_only(x.set));
	LIST_INIT(&x.set->sessions);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

#undef CASE
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_job_is_over_when_its_last_process_leaves),
		CASE(test_a_change_that_leaves_processes_ends_nothing),
		CASE(test_a_group_that_is_removed_is_a_job_that_is_over),
		CASE(test_an_empty_group_of_version_1_is_found_by_the_timer),
		CASE(test_another_group_of_the_same_name_is_another_job),
		CASE(test_a_group_that_cannot_be_read_is_taken_to_be_in_use),
		CASE(test_sets_of_one_job_hear_of_its_end_each),
		CASE(test_a_set_of_no_job_has_none_that_runs),
		CASE(test_sessions_whose_openers_have_all_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
