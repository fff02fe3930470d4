/* SPDX-License-Identifier: MIT */
/* "list": the sets on record with what is measured of them */
#include "base/cleanup.h"
#include "policy/kept.h"
#include "tests/unit/ctl/machine.h"

static struct output o;

static int list(void)
{
	return output_of(&o, list_verb, &machine.ctl);
}

TEST(test_the_sets_on_record)
{
	struct set_record rec;

	if (geteuid() != 0)
		skip();
	assert_int_equal(list(), CTL_OK);
	assert_string_equal(o.out, "no live sets\n");
	rec = machine_set(7, 0);
	machine_record(&rec, getpid());
	machine.ctl.columns = "set,user,policy,state,sessions,stale";
	assert_int_equal(list(), CTL_OK);
	/* Its policy has another digest than a record of a test. */
	assert_string_equal(output_cells(&o), "SET USER POLICY STATE SESSIONS STALE\n"
					      "7 root lab live 1 stale\n");
	machine.operands[0] = (char *)(uintptr_t) "8";
	machine.ctl.noheadings = true;
	assert_int_equal(list(), CTL_OK);
	assert_string_equal(output_cells(&o), "");
	machine.operands[0] = (char *)(uintptr_t) "no-such-user";
	assert_int_equal(list(), CTL_NOT_FOUND);
}

TEST(test_records_that_cannot_be_read_are_reported)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(scratch_write(&machine.s, "run/sets/9", "no record"), 0);
	assert_int_equal(list(), CTL_OK);
	expect_text(o.err, "nsisolate: 1 records in /run/");
	expect_text(o.err, "/sets cannot be read\n");
	machine.ctl.rundir = machine.config;
	assert_int_equal(list(), CTL_SYSTEM);
}

TEST(test_a_policy_in_force_that_is_not_that_of_the_files)
{
	struct in_force in_force = {
		.state = IN_FORCE_LAST_GOOD, .since = 86400, .config = "/x.conf"};
	NSI_AUTO_FD int run = open(machine.rundir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (geteuid() != 0)
		skip();
	assert_int_equal(in_force_write(run, &in_force), 0);
	assert_int_equal(list(), CTL_OK);
	assert_string_equal(o.err, "nsisolate: /x.conf cannot be used: in force is the last good "
				   "policy, of 1970-01-02 00:00\n");
	in_force.state = IN_FORCE_NONE;
	assert_int_equal(in_force_write(run, &in_force), 0);
	machine.ctl.json = true;
	assert_int_equal(list(), CTL_OK);
	assert_string_equal(o.err, "nsisolate: /x.conf cannot be used: sessions are refused\n");
	expect_json(&o, "policy.state", "\"none\"");
}

TEST(test_an_ordinary_user_sees_the_sets_of_own_processes)
{
	const bool is_root = geteuid() == 0;
	int code;

	assert_int_equal(is_root ? seteuid(65534) : 0, 0);
	code = list();
	assert_int_equal(is_root ? seteuid(0) : 0, 0);
	assert_int_equal(code, CTL_OK);
	assert_string_equal(o.err, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_the_sets_on_record),
		MACHINE_TEST(test_records_that_cannot_be_read_are_reported),
		MACHINE_TEST(test_a_policy_in_force_that_is_not_that_of_the_files),
		MACHINE_TEST(test_an_ordinary_user_sees_the_sets_of_own_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
