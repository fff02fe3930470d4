/* SPDX-License-Identifier: MIT */
/* Files, directories, records and the socket, as "doctor" finds them */
#include "ctl/doctor.h"

#include "tests/unit/ctl/machine.h"

static struct output o;
static struct doctor d;

static void examine(void (*examination)(struct doctor *d))
{
	output_begin(&o);
	d = (struct doctor){.ctl = &machine.ctl, .out = stdout};
	examination(&d);
	output_end(&o);
}

TEST(test_directories_that_are_roots_alone)
{
	if (geteuid() != 0)
		skip();
	examine(doctor_places);
	expect_text(o.out, "ok       rundir: /run/");
	expect_text(o.out, "ok       statedir: /run/");
	assert_null(strstr(o.out, "directory-unsafe"));
	machine.ctl.statedir = "/run/nonexistent-nsisolate/state";
	examine(doctor_places);
	expect_text(o.out, "statedir: /run/nonexistent-nsisolate/state is not there yet; the first "
			   "login makes it\n");
}

TEST(test_directories_that_others_reach)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(machine.rundir, 0755), 0);
	assert_int_equal(chmod(machine.statedir, 0777), 0);
	examine(doctor_places);
	expect_text(o.out,
		    " has mode 0755, not 0700 [directory-unsafe]\n         -> chmod 0700 /run/");
	expect_text(o.out, "error    statedir: ");
	expect_text(o.out,
		    "         -> every login is refused until it is root's alone, from / on\n");
}

TEST(test_a_switch_and_records_that_were_set_aside)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(scratch_write(&machine.s, "run/disabled", ""), 0);
	assert_int_equal(scratch_write(&machine.s, "run/sets/.bad-7", ""), 0);
	examine(doctor_places);
	expect_text(o.out, "error    break-glass: ");
	expect_text(o.out, "; nobody is isolated [switched-off]\n");
	expect_text(o.out, "/.bad-7 could not be read and was set aside [record-bad]\n");
	assert_int_equal(d.counts[SEV_WARNING], 1);
}

TEST(test_a_set_whose_anchor_is_gone)
{
	struct set_record rec;

	if (geteuid() != 0)
		skip();
	rec = machine_set(7, 0);
	rec.anchor_start++;
	machine_record(&rec, getpid());
	examine(doctor_helper);
	expect_text(o.out, "warning  sets: the anchor of set 7 (root) is gone; its sessions go on "
			   "[set-orphaned]\n");
	expect_text(o.out,
		    access("/run/systemd/system", F_OK) == 0
			    ? "nobody listens for logins [socket-missing]"
			    : "ok       socket: no helper is running; the next login starts one\n");
	machine.ctl.rundir = machine.config;
	examine(doctor_helper);
	assert_null(strstr(o.out, "set-orphaned"));
}

TEST(test_a_socket_that_is_broken)
{
	char rundir[200];

	if (geteuid() != 0)
		skip();
	memset(rundir, 'x', sizeof(rundir) - 1);
	rundir[0] = '/';
	rundir[sizeof(rundir) - 1] = '\0';
	machine.ctl.rundir = rundir;
	examine(doctor_helper);
	expect_text(o.out, "error    socket: rundir=/xxx");
	expect_text(o.out, " is too long for a socket's address [socket-broken]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_directories_that_are_roots_alone),
		MACHINE_TEST(test_directories_that_others_reach),
		MACHINE_TEST(test_a_switch_and_records_that_were_set_aside),
		MACHINE_TEST(test_a_set_whose_anchor_is_gone),
		MACHINE_TEST(test_a_socket_that_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
