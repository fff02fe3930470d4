/* SPDX-License-Identifier: MIT */
/* Processes by pid and start time: the one that is opened is the one that was meant */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/proc.h"
#include "tests/unit/test.h"

TEST(test_opens_the_process_that_is_meant)
{
	struct ns_inodes ns;
	uint64_t start;
	int fd;

	assert_int_equal(proc_start_time(getpid(), &start), 0);
	assert_int_equal(proc_namespaces(getpid(), &ns), 0);
	fd = proc_open(getpid(), start, ns_bit(NS_TYPE_MAX) - 1, &ns);
	assert_true(fd >= 0);
	close(fd);
}

TEST(test_refuses_another_start_time)
{
	struct ns_inodes ns = {0};
	uint64_t start;

	assert_int_equal(proc_start_time(getpid(), &start), 0);
	assert_int_equal(proc_open(getpid(), start + 1, 0, &ns), -ESRCH);
}

TEST(test_refuses_other_namespaces)
{
	struct ns_inodes ns;
	uint64_t start;

	assert_int_equal(proc_start_time(getpid(), &start), 0);
	assert_int_equal(proc_namespaces(getpid(), &ns), 0);
	ns.ino[NS_UTS]++;
	assert_int_equal(proc_open(getpid(), start, ns_bit(NS_UTS), &ns), -ESRCH);
	assert_true(close(proc_open(getpid(), start, ns_bit(NS_MNT), &ns)) == 0);
}

TEST(test_refuses_a_process_that_is_gone)
{
	struct ns_inodes ns = {0};
	uint64_t start;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(proc_start_time(pid, &start), -ESRCH);
	assert_int_equal(proc_open(pid, 1, 0, &ns), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opens_the_process_that_is_meant),
		cmocka_unit_test(test_refuses_another_start_time),
		cmocka_unit_test(test_refuses_other_namespaces),
		cmocka_unit_test(test_refuses_a_process_that_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
