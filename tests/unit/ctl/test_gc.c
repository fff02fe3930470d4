/* SPDX-License-Identifier: MIT */
/* "gc --dry-run": what the next sweep would remove, and why */
#include "tests/unit/ctl/machine.h"

static struct output o;

static int gc(bool json)
{
	machine.ctl.dry_run = true;
	machine.ctl.json = json;
	return output_of(&o, gc_verb, &machine.ctl);
}

TEST(test_nothing_is_left_over)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(gc(false), CTL_OK);
	assert_string_equal(o.out, "nothing is left over\n");
	assert_int_equal(gc(true), CTL_OK);
	expect_json(&o, "dry_run", "true");
	expect_json(&o, "items", "[]");
	machine.ctl.statedir = "/nonexistent";
	assert_int_equal(gc(false), CTL_OK);
	machine.ctl.rundir = machine.config;
	assert_int_equal(gc(false), CTL_SYSTEM);
	expect_text(o.err, "nsisolate: cannot look into ");
}

static void make_leftovers(void)
{
	struct set_record live = machine_set(3, 0), dead = live;
	char boot[PROC_BOOT_ID_SIZE], name[100];

	dead.id = 4;
	dead.anchor_start++;
	machine_record(&live, getpid());
	machine_record(&dead, 0);
	assert_int_equal(proc_boot_id(boot), 0);
	for (int set = 3; set <= 4; set++) {
		(void)snprintf(name, sizeof(name), "state/s%.8s-%d/tmp/x", boot, set);
		assert_int_equal(scratch_write(&machine.s, name, ""), 0);
	}
	assert_int_equal(scratch_write(&machine.s, "state/s00000000-9/tmp/x", ""), 0);
	assert_int_equal(scratch_write(&machine.s, "state/trash/old/x", ""), 0);
	assert_int_equal(scratch_write(&machine.s, "state/strange/x", ""), 0);
	/* Without a meta file, which only an administrator removes. */
	assert_int_equal(scratch_write(&machine.s, "state/u0/tmp/x", ""), 0);
	assert_int_equal(scratch_write(&machine.s, "state/u0/srv/x", ""), 0);
}

TEST(test_what_would_go)
{
	char line[300];

	if (geteuid() != 0)
		skip();
	make_leftovers();
	assert_int_equal(gc(false), CTL_OK);
	(void)snprintf(line, sizeof(line),
		       "would go: %s/sets/4: a set that nobody is in any more\n", machine.rundir);
	expect_text(o.out, line);
	(void)snprintf(line, sizeof(line), "would go: %s/trash/old: on its way out\n",
		       machine.statedir);
	expect_text(o.out, line);
	(void)snprintf(line, sizeof(line), "would go: %s/s00000000-9: of a set before this boot\n",
		       machine.statedir);
	expect_text(o.out, line);
	expect_text(o.out, "-4: of a set that has ended\n");
	assert_null(strstr(o.out, "-3: "));
	assert_null(strstr(o.out, "/u0"));
	assert_null(strstr(o.out, "strange"));
	assert_int_equal(gc(true), CTL_OK);
	expect_json(&o, "items.0.gone", "null");
	expect_json(&o, "items.4", "nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_nothing_is_left_over),
		MACHINE_TEST(test_what_would_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
