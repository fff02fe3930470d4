/* SPDX-License-Identifier: MIT */
/* The sets on record, the states that they are shown in, and the one that an operand names */
#include "ctl/sets.h"

#include "base/cleanup.h"
#include "base/fail.h"
#include "tests/unit/ctl/machine.h"
#include "tests/unit/faults_system.h"

static struct output o;

static void read_sets(bool all, struct view_list *list)
{
	struct nsi_fail f = {""};

	if (views_read(&machine.ctl, all, list, &f) < 0)
		fail_msg("%s", f.what);
}

static enum view_state state_of(const struct set_record *rec, pid_t session)
{
	NSI_CLEANUP(views_done) struct view_list list = {0};
	struct set_record copy = *rec;

	machine_record(&copy, session);
	read_sets(true, &list);
	assert_int_equal(list.count, 1);
	return list.rows[0].state;
}

TEST(test_no_rundir_is_no_set_and_no_error)
{
	NSI_CLEANUP(views_done) struct view_list list = {0};
	struct nsi_fail f = {""};
	struct ctl ctl = machine.ctl;

	ctl.rundir = "/nonexistent/run";
	assert_int_equal(views_read(&ctl, true, &list, &f), 0);
	assert_int_equal(list.count, 0);
	ctl.rundir = machine.config; /* a file */
	assert_true(views_read(&ctl, true, &list, &f) < 0);
	expect_text(f.what, "cannot look into ");
}

TEST(test_the_state_is_that_of_the_record_while_the_anchor_lives)
{
	static const struct {
		enum set_state record;
		const char *shown;
	} states[] = {
		{SET_LINGERING, "lingering"}, {SET_DRAINING, "draining"}, {SET_KILLING, "killing"},
		{SET_LOST, "lost"},           {SET_LEAVING, "leaving"},   {SET_HELD, "held"},
	};
	struct set_record rec = machine_set(7, 0);

	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		rec.end.state = (uint8_t)states[i].record;
		assert_string_equal(view_state_name(state_of(&rec, 0)), states[i].shown);
	}
}

TEST(test_a_live_set_is_judged_by_its_processes)
{
	struct set_record rec = machine_set(7, 0);

	if (geteuid() != 0)
		skip();
	assert_int_equal(state_of(&rec, getpid()), VIEW_LIVE);
	assert_int_equal(state_of(&rec, 0), VIEW_LINGERING);
	rec.types = ns_bit(NS_UTS); /* everybody on this machine is in it */
	assert_int_equal(state_of(&rec, 0), VIEW_DRAINING);
	rec.job_id = 5;
	text_fmt(rec.job_name, sizeof(rec.job_name), "job");
	text_fmt(rec.job_group, sizeof(rec.job_group), "/sys/fs/cgroup/job");
	assert_int_equal(state_of(&rec, 0), VIEW_LIVE);
	machine_kill_anchors();
	assert_int_equal(state_of(&rec, 0), VIEW_ORPHANED);
}

TEST(test_without_its_anchor)
{
	struct set_record rec = machine_set(7, 0);

	if (geteuid() != 0)
		skip();
	machine_kill_anchors();
	assert_int_equal(state_of(&rec, getpid()), VIEW_ORPHANED);
	assert_int_equal(state_of(&rec, 0), VIEW_DEAD);
	rec.end.state = SET_LINGERING;
	assert_int_equal(state_of(&rec, 0), VIEW_DEAD);
	rec.end.state = SET_HELD;
	assert_int_equal(state_of(&rec, 0), VIEW_HELD);
	rec.types = ns_bit(NS_UTS);
	rec.end.state = SET_LIVE;
	assert_int_equal(state_of(&rec, 0), VIEW_ORPHANED);
}

TEST(test_dead_sets_and_those_of_another_boot_are_left_out)
{
	NSI_CLEANUP(views_done) struct view_list list = {0};
	struct set_record dead = machine_set(7, 0), live = machine_set(3, 0), old = live;

	if (geteuid() != 0)
		skip();
	old.id = 5;
	text_fmt(old.boot_id, sizeof(old.boot_id), "00000000-0000-0000-0000-000000000000");
	machine_record(&old, getpid());
	machine_record(&live, getpid());
	dead.anchor_start++;
	machine_record(&dead, 0);
	read_sets(false, &list);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.rows[0].rec.id, 3);
	views_done(&list);
	read_sets(true, &list);
	assert_int_equal(list.count, 3); /* in the order of their ids */
	assert_int_equal(list.rows[0].rec.id, 3);
	assert_int_equal(list.rows[1].state, VIEW_DEAD);
	assert_int_equal(list.rows[2].rec.id, 7);
}

TEST(test_a_damaged_record_is_counted)
{
	NSI_CLEANUP(views_done) struct view_list list = {0};

	if (geteuid() != 0)
		skip();
	assert_int_equal(scratch_write(&machine.s, "run/sets/9", "no record"), 0);
	assert_int_equal(scratch_write(&machine.s, "run/sets/strange", ""), 0);
	read_sets(true, &list);
	assert_int_equal(list.count, 0);
	assert_int_equal(list.unreadable, 2);
}

static int find(const char *operand, uint64_t *id)
{
	NSI_CLEANUP(views_done) struct view_list list = {0};
	struct view *v = NULL;
	int code;

	read_sets(false, &list);
	output_begin(&o);
	code = view_find(&list, operand, &v);
	output_end(&o);
	*id = v ? v->rec.id : 0;
	return code;
}

TEST(test_the_set_that_an_operand_names)
{
	struct set_record roots = machine_set(3, 0), others = machine_set(12, 4000000000);
	uint64_t id;

	if (geteuid() != 0)
		skip();
	machine_record(&others, 0);
	assert_int_equal(find("root", &id), CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: root has no live set\n");
	machine_record(&roots, 0);
	assert_int_equal(find("root", &id), CTL_OK);
	assert_int_equal(id, 3);
	assert_int_equal(find("12", &id), CTL_OK);
	assert_int_equal(id, 12);
	assert_int_equal(find("4", &id), CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: there is no set 4\n");
	assert_int_equal(find("no-such-user", &id), CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: there is no user no-such-user\n");
	roots.id = 4;
	machine_record(&roots, 0);
	assert_int_equal(find("root", &id), CTL_REFUSED);
	assert_string_equal(o.err, "nsisolate: root has 2 sets: 3, 4; name one by its number\n");
}

TEST(test_a_set_of_a_group_is_meant_by_the_users_of_its_sessions)
{
	NSI_CLEANUP(views_done) struct view_list list = {0};
	struct set_record rec = machine_set(3, 0);

	if (geteuid() != 0)
		skip();
	rec.scope = POL_SCOPE_GROUP;
	machine_record(&rec, 0);
	read_sets(false, &list);
	assert_string_equal(view_scope_name(&list.rows[0]), "group");
	assert_false(view_is_meant(&list.rows[0], "root"));
	assert_true(view_is_meant(&list.rows[0], "3"));
	views_done(&list);
	machine_record(&rec, getpid());
	read_sets(false, &list);
	assert_true(view_is_meant(&list.rows[0], "root"));
}

/* The sets are read with one call failing: they are all there, or it is reported. */
static void read_in_system(struct faults *f)
{
	struct view_list list = {0};
	struct nsi_fail fail = {""};
	struct set_record rec;
	int r;

	faults_check(machine_make(NULL) == 0, "no machine");
	rec = machine_set(7, 0);
	machine_record(&rec, getpid());
	f->fds = faults_count_fds();
	faults_begin(f);
	r = views_read(&machine.ctl, true, &list, &fail);
	faults_end(f);
	faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
	faults_check(f->shared->failed != -1 ||
			     (r == 0 && list.count == 1 && list.rows[0].state == VIEW_LIVE),
		     "without a fault: %d, %s", r, fail.what);
	if (f->shared->error == EIO) /* no error where something has just gone */
		faults_check(r < 0 || list.count + list.unreadable >= 1, "the set is left out");
	views_done(&list);
	faults_check_fds(f);
	(void)machine_done(NULL);
}

/* Where nobody else is: the namespaces of each process are read. */
static void read_with_a_fault(struct faults *f)
{
	faults_in_system(f, read_in_system);
}

TEST(test_a_failing_call_leaves_no_set_out)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(read_with_a_fault, NULL, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_no_rundir_is_no_set_and_no_error),
		MACHINE_TEST(test_the_state_is_that_of_the_record_while_the_anchor_lives),
		MACHINE_TEST(test_a_live_set_is_judged_by_its_processes),
		MACHINE_TEST(test_without_its_anchor),
		MACHINE_TEST(test_dead_sets_and_those_of_another_boot_are_left_out),
		MACHINE_TEST(test_a_damaged_record_is_counted),
		MACHINE_TEST(test_the_set_that_an_operand_names),
		MACHINE_TEST(test_a_set_of_a_group_is_meant_by_the_users_of_its_sessions),
		cmocka_unit_test(test_a_failing_call_leaves_no_set_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
