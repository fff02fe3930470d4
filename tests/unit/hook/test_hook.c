/* SPDX-License-Identifier: MIT */
/* Hooks, by programs that every system has: they are root's, and need no argument. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/fail.h"
#include "hook/hook.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

static int run(const char *program, struct nsi_fail *f)
{
	const struct hook hook = {
		.event = "create",
		.run = program,
		.timeout = 1,
		.set = 7,
		.policy = "p",
		.user = "alice",
		.uid = 1000,
		.place = -EBADF,
	};

	*f = (struct nsi_fail){""};
	return hook_run(&hook, f);
}

TEST(test_a_hook_that_ends_well_is_well)
{
	struct nsi_fail f;

	assert_int_equal(run("/usr/bin/true", &f), 0);
	assert_string_equal(f.what, "");
}

TEST(test_its_input_is_empty_and_its_output_goes_nowhere)
{
	struct nsi_fail f;

	assert_int_equal(run("/usr/bin/cat", &f), 0);
}

TEST(test_another_status_is_a_failure)
{
	struct nsi_fail f;

	assert_int_equal(run("/usr/bin/false", &f), -EIO);
	assert_string_equal(f.what, "the hook /usr/bin/false ended with status 1");
}

TEST(test_a_file_that_is_no_program_is_not_run)
{
	struct nsi_fail f;

	assert_int_equal(run("/etc/passwd", &f), -ENOEXEC);
	assert_string_equal(f.what, "the hook /etc/passwd could not be executed");
	assert_int_equal(run("/no/such/hook", &f), -ENOENT);
	assert_non_null(strstr(f.what, "/no"));
}

TEST(test_a_path_that_others_can_change_is_not_run)
{
	struct nsi_fail f;
	struct scratch s;

	assert_int_equal(scratch_make(&s), 0); /* in /tmp, which is anybody's */
	assert_int_equal(scratch_write(&s, "hook", "#!/bin/sh\n"), 0);
	assert_true(run(scratch_path(&s, 0, "hook"), &f) < 0);
	assert_non_null(strstr(f.what, "/tmp"));
	scratch_done(&s);
}

TEST(test_a_hook_that_does_not_end_is_ended)
{
	struct timespec before, after;
	struct nsi_fail f;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &before), 0);
	assert_int_equal(run("/usr/bin/yes", &f), -ETIMEDOUT);
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &after), 0);
	assert_string_equal(f.what, "the hook /usr/bin/yes took longer than its 1 s");
	assert_true(after.tv_sec - before.tv_sec < 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_hook_that_ends_well_is_well),
		cmocka_unit_test(test_its_input_is_empty_and_its_output_goes_nowhere),
		cmocka_unit_test(test_another_status_is_a_failure),
		cmocka_unit_test(test_a_file_that_is_no_program_is_not_run),
		cmocka_unit_test(test_a_path_that_others_can_change_is_not_run),
		cmocka_unit_test(test_a_hook_that_does_not_end_is_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
