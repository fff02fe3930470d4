/* SPDX-License-Identifier: MIT */
/* The anchor after its set is built: what ps(1) shows of it, and how it ends */
#include "sets/stay.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "setup/setup.h"
#include "state/record.h"
#include "tests/unit/test.h"

static char area[40], name_before[16];

static int begin(void **state)
{
	(void)state;
	memset(area, 'x', sizeof(area));
	(void)prctl(PR_GET_NAME, name_before, 0, 0, 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	stay_set_title_area(NULL, 0);
	(void)prctl(PR_SET_NAME, name_before, 0, 0, 0);
	return 0;
}

static const char *name_now(void)
{
	static char name[16];

	assert_int_equal(prctl(PR_GET_NAME, name, 0, 0, 0), 0);
	return name;
}

/* The area is the program's arguments and environment: nothing of them is shown behind the title. */
TEST(test_a_title_takes_the_whole_area)
{
	stay_set_title_area(area, sizeof(area));
	stay_title_of_set(7, 1000);
	assert_string_equal(area, "nsisolate: set 7 of uid 1000");
	for (size_t i = strlen(area); i < sizeof(area); i++)
		assert_int_equal(area[i], 0);
	assert_string_equal(name_now(), "nsi-set-7");
}

TEST(test_a_title_is_cut_to_its_area)
{
	stay_set_title_area(area, 10);
	stay_title("nsi-helper", "nsisolate: the helper");
	assert_string_equal(area, "nsisolate");
	assert_int_equal(area[10], 'x'); /* somebody else's */
	assert_string_equal(name_now(), "nsi-helper");
}

TEST(test_the_name_of_a_high_number_is_cut)
{
	stay_set_title_area(area, sizeof(area));
	stay_title_of_set(UINT64_MAX, UINT32_MAX);
	assert_string_equal(area, "nsisolate: set 18446744073709551615 of ");
	assert_string_equal(name_now(), "nsi-set-1844674");
}

TEST(test_without_an_area_there_is_a_name)
{
	stay_set_title_area(NULL, 0);
	stay_title_of_set(7, 1000);
	assert_string_equal(name_now(), "nsi-set-7");
}

TEST(test_the_copy_of_a_record_is_named_after_the_rundir)
{
	char name[STAY_COPY_SIZE];

	stay_copy_name(name, "/run/nsisolate");
	assert_string_equal(name, "nsisolate:/run/nsisolate");
}

/* There is none beside the test: anchors stay forks of the helper. */
TEST(test_a_helper_without_the_program_of_anchors)
{
	assert_string_equal(stay_program(), "");
	assert_int_equal(stay_open_program(), -ENOENT);
	stay_find_program();
	assert_int_equal(stay_open_program(), -ENOENT);
}

/* All signals are blocked in an anchor: one that comes before it waits is not lost. */
TEST(test_an_anchor_that_is_told_to_end_ends_well)
{
	const struct set_record rec = {.id = 7, .uid = 1000};
	struct setup_held held = {.count = 0};
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		sigset_t all;

		sigfillset(&all);
		if (sigprocmask(SIG_SETMASK, &all, NULL) < 0 || raise(SIGTERM) != 0)
			_exit(1);
		stay_until_end(&rec, "/run/nsi-test", -EBADF, &held);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_title_takes_the_whole_area),
		CASE(test_a_title_is_cut_to_its_area),
		CASE(test_the_name_of_a_high_number_is_cut),
		CASE(test_without_an_area_there_is_a_name),
		CASE(test_the_copy_of_a_record_is_named_after_the_rundir),
		CASE(test_a_helper_without_the_program_of_anchors),
		CASE(test_an_anchor_that_is_told_to_end_ends_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
