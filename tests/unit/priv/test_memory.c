/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "priv/priv.h"
#include "tests/unit/test.h"

enum {
	PAGE = 4096,
	PAGES = 64
};

static char data[PAGES * PAGE];

/* The page faults that writing to every page of @room causes. */
static long count_faults(volatile char *room)
{
	struct rusage before, after;

	assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
	for (int i = 0; i < PAGES; i++)
		room[i * PAGE]++;
	assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
	return after.ru_minflt - before.ru_minflt;
}

static pid_t fork_sleeper(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	return pid;
}

static void end_sleeper(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

TEST(test_what_a_fork_made_common_is_copied_beforehand)
{
	pid_t pid;

	memset(data, 1, sizeof(data));
	pid = fork_sleeper();
	assert_true(count_faults(data) >= PAGES / 2); /* a page may be larger */
	end_sleeper(pid);

	pid = fork_sleeper();
	memory_own();
	assert_true(count_faults(data) <= 2);
	end_sleeper(pid);
}

TEST(test_a_page_that_was_never_used_is_not_made)
{
	static char unused[PAGES * PAGE];

	memory_own();
	assert_true(count_faults(unused) >= PAGES / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_fork_made_common_is_copied_beforehand),
		cmocka_unit_test(test_a_page_that_was_never_used_is_not_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
