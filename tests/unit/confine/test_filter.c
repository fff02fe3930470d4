/* SPDX-License-Identifier: MIT */
/* The filters: each list can be compiled and entered, and the helper's refuses only what is in it */
#include <sys/resource.h>

#include "base/fail.h"
#include "confine/calls.h"
#include "tests/unit/faults.h"

TEST(test_a_call_has_its_number_with_and_without_a_restriction)
{
	assert_int_equal(filter_number("openat"), SYS_openat);
	assert_int_equal(filter_number("mprotect:data"), SYS_mprotect);
	assert_true(filter_number("no_such_call") < 0);
	assert_true(filter_number("") < 0);
	assert_true(filter_number("openat_and_a_name_that_is_longer_than_any") < 0);
}

static void become_unconfined(void *arg)
{
	struct nsi_fail f = {""};
	char name[17] = "";

	(void)arg;
	confine_prepare();
	faults_check(confine_become(CONFINE_LAUNCHER, &f) == 0, "%s", f.what);
	faults_check(prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 0, "there is a filter");
	errno = 0;
	faults_check(getpriority(PRIO_PROCESS, 0) != -1 || errno == 0, "a call is refused");
	faults_check(prctl(PR_GET_NAME, name, 0, 0, 0) == 0 &&
			     strcmp(name, confine_lists[CONFINE_LAUNCHER].name) == 0,
		     "its name is %s", name);
}

TEST(test_a_child_of_a_helper_without_filters_has_its_name_and_no_filter)
{
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 0)
		skip(); /* of a container */
	faults_apart(become_unconfined, NULL);
}

/* Starts as a helper does; without filters in the kernel or this build, the test is skipped. */
static void start(void)
{
	struct nsi_fail f = {""};

	faults_check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
	faults_check(confine_start(&f) == 0, "%s", f.what);
#ifdef NSI_UNCONFINED
	_exit(77);
#endif
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) <= 0)
		_exit(77);
}

static void start_helper(void *arg)
{
	(void)arg;
	start();
	errno = 0;
	faults_check(getpriority(PRIO_PROCESS, 0) != -1 || errno == 0, "a call is refused");
	errno = 0;
	faults_check(syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0) == -1 &&
			     errno == EPERM,
		     "process_vm_readv: errno %d", errno);
	errno = 0;
	faults_check(syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0) == -1 && errno == EPERM,
		     "io_uring_enter: errno %d", errno);
}

TEST(test_the_helper_may_make_all_calls_but_those_of_its_list)
{
	faults_apart(start_helper, NULL);
}

static void start_without_no_new_privs(void *arg)
{
	struct nsi_fail f = {""};

	(void)arg;
	if (geteuid() == 0)
		faults_check(setresgid(65534, 65534, 65534) == 0 &&
				     setresuid(65534, 65534, 65534) == 0,
			     "still root");
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0 || confine_start(&f) == 0)
		_exit(77); /* nobody can be confined, or more than there is already */
	faults_check(strcmp(f.what, "cannot restrict system calls: Permission denied") == 0, "%s",
		     f.what);
}

TEST(test_a_filter_that_the_kernel_refuses_is_a_failure)
{
	faults_apart(start_without_no_new_privs, NULL);
}

/* As children come before the lists are compiled, and after that. */
static void enter(enum confine_process process, bool is_prepared)
{
	struct nsi_fail f = {""};

	start();
	if (is_prepared)
		confine_prepare();
	if (confine_become(process, &f) < 0)
		(void)fprintf(stderr, "%d: %s\n", (int)process, f.what);
	_exit(f.what[0] != '\0');
}

static void enter_at_once(void *arg)
{
	enter(*(enum confine_process *)arg, false);
}

static void enter_prepared(void *arg)
{
	enter(*(enum confine_process *)arg, true);
}

TEST(test_each_list_can_be_entered)
{
	for (int i = 0; i < CONFINE_PROCESSES; i++) {
		enum confine_process process = i;

		faults_apart(enter_at_once, &process);
		faults_apart(enter_prepared, &process);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_call_has_its_number_with_and_without_a_restriction),
		cmocka_unit_test(
			test_a_child_of_a_helper_without_filters_has_its_name_and_no_filter),
		cmocka_unit_test(test_the_helper_may_make_all_calls_but_those_of_its_list),
		cmocka_unit_test(test_a_filter_that_the_kernel_refuses_is_a_failure),
		cmocka_unit_test(test_each_list_can_be_entered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
