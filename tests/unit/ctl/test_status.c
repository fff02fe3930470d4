/* SPDX-License-Identifier: MIT */
/* "status": what makes it end with 1, its text and its JSON */
#include <stdlib.h>

#include "base/cleanup.h"
#include "policy/kept.h"
#include "tests/unit/ctl/machine.h"

static struct output o;

static int status(bool json)
{
	machine.ctl.json = json;
	return output_of(&o, status_verb, &machine.ctl);
}

TEST(test_a_machine_without_a_set_is_well)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(status(false), CTL_OK);
	expect_text(o.out, "helper        not running; the next login starts it\n");
	expect_text(o.out, "/nsisolate.conf: ok, 1 policy, 1 rule\n");
	expect_text(o.out, "isolation     on\n");
	expect_text(o.out, "sets          0\nsessions      0\n");
	expect_text(o.out,
		    "since boot    0 isolated, 0 joined, 0 to the host, 0 skipped, 0 allowed, "
		    "0 refused\n");
	expect_text(o.out, "trash         0 directories to be deleted\n");
	assert_null(strstr(o.out, "in force"));
	assert_int_equal(status(true), CTL_OK);
	expect_json(&o, "ok", "true");
	expect_json(&o, "helper", "null");
	expect_json(&o, "in_force", "null");
	expect_json(&o, "off", "null");
	expect_json(&o, "sets.live", "0");
}

TEST(test_sets_without_a_helper_need_somebody)
{
	struct set_record live, orphaned;

	if (geteuid() != 0)
		skip();
	live = machine_set(3, 0);
	orphaned = live;
	orphaned.id = 4;
	orphaned.anchor_start++;
	machine_record(&live, getpid());
	machine_record(&orphaned, getpid());
	assert_int_equal(status(false), CTL_REFUSED);
	expect_text(o.out, "sets          2: 1 live, 1 orphaned\nsessions      2\n");
	assert_int_equal(status(true), CTL_REFUSED);
	expect_json(&o, "ok", "false");
	expect_json(&o, "sets.orphaned", "1");
}

TEST(test_a_running_helper_is_known_by_its_lock)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char pid[16], line[80];
	int fd;

	if (geteuid() != 0)
		skip();
	(void)snprintf(pid, sizeof(pid), "%d\n", getpid());
	assert_int_equal(scratch_write(&machine.s, "run/helper.lock", pid), 0);
	assert_int_equal(status(true), CTL_OK);
	expect_json(&o, "helper", "null"); /* a file that nobody has locked */
	fd = open(scratch_path(&machine.s, 0, "run/helper.lock"), O_RDWR | O_CLOEXEC);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
	assert_int_equal(status(false), CTL_OK);
	(void)snprintf(line, sizeof(line), "helper        running, process %d\n", getpid());
	expect_text(o.out, line);
	(void)close(fd);
}

TEST(test_a_policy_that_cannot_be_used)
{
	const struct in_force in_force = {
		.state = IN_FORCE_LAST_GOOD, .since = 86400, .config = "/x"};
	NSI_AUTO_FD int run = open(machine.rundir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (geteuid() != 0)
		skip();
	assert_int_equal(scratch_write(&machine.s, "nsisolate.conf", "version = 1;\nx = 2;\n"), 0);
	assert_int_equal(in_force_write(run, &in_force), 0);
	assert_int_equal(status(false), CTL_REFUSED);
	expect_text(o.out, "/nsisolate.conf: NOT USED, 1 errors; see \"nsisolate check\"\n");
	expect_text(o.out, "in force      last-good, of 1970-01-02 00:00\n");
	assert_int_equal(status(true), CTL_REFUSED);
	expect_json(&o, "policy_ok", "false");
	expect_json(&o, "policy_errors", "1");
	expect_json(&o, "in_force", "\"last-good\"");
}

TEST(test_switched_off_and_with_trash)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(scratch_write(&machine.s, "run/disabled", ""), 0);
	assert_int_equal(scratch_write(&machine.s, "state/trash/a/b", ""), 0);
	assert_int_equal(status(false), CTL_REFUSED);
	expect_text(o.out, "isolation     OFF: ");
	expect_text(o.out, "trash         1 directories to be deleted\n");
	assert_int_equal(status(true), CTL_REFUSED);
	expect_json(&o, "trash", "1");
	expect_text(output_json(&o, "off"), "/run/disabled");
}

TEST(test_a_rundir_that_cannot_be_read)
{
	if (geteuid() != 0)
		skip();
	machine.ctl.rundir = machine.config;
	assert_int_equal(status(false), CTL_SYSTEM);
	expect_text(o.err, "nsisolate: cannot look into ");
	assert_string_equal(o.out, "");
}

/* As a user: by the environment and namespaces of one's own processes. */
TEST(test_an_ordinary_user)
{
	const bool is_root = geteuid() == 0;
	int text, json;

	(void)unsetenv("NSISOLATE_SET");
	assert_int_equal(is_root ? seteuid(65534) : 0, 0);
	text = status(false);
	expect_text(o.out, "you are ");
	(void)setenv("NSISOLATE_SET", "7", 1);
	(void)setenv("NSISOLATE_POLICY", "lab", 1);
	json = status(true);
	assert_int_equal(is_root ? seteuid(0) : 0, 0);
	assert_int_equal(text, CTL_OK);
	assert_int_equal(json, CTL_OK);
	expect_json(&o, "set", "\"7\"");
	expect_json(&o, "policy", "\"lab\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_a_machine_without_a_set_is_well),
		MACHINE_TEST(test_sets_without_a_helper_need_somebody),
		MACHINE_TEST(test_a_running_helper_is_known_by_its_lock),
		MACHINE_TEST(test_a_policy_that_cannot_be_used),
		MACHINE_TEST(test_switched_off_and_with_trash),
		MACHINE_TEST(test_a_rundir_that_cannot_be_read),
		MACHINE_TEST(test_an_ordinary_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
