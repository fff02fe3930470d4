/* SPDX-License-Identifier: MIT */
/* The anchor's scope in its user's slice: what systemd is asked for, and how it is waited for */
#include "tests/unit/cgroup/system.h"

#include <errno.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "tests/unit/process.h"

struct fixture {
	pid_t process;
	struct slice_ask ask;
};

/* The number that the system knows the anchor by is not that of the process that stands for it. */
static int begin(void **state)
{
	static struct fixture fx;

	fx.process = process_start();
	fx.ask = (struct slice_ask){.set = 7, .uid = SYSTEM_UID, .anchor = SYSTEM_PID};
	fx.ask.pidfd = pidfd_open(fx.process, 0);
	*state = &fx;
	return fx.ask.pidfd < 0 ? -1 : system_begin(state) == 0 ? (*state = &fx, 0) : -1;
}

static void end_anchor(struct fixture *fx)
{
	if (fx->process <= 0)
		return;
	(void)kill(fx->process, SIGKILL);
	(void)waitpid(fx->process, NULL, 0);
	fx->process = 0;
}

static int end(void **state)
{
	struct fixture *fx = *state;

	end_anchor(fx);
	nsi_closep(&fx->ask.pidfd);
	return system_end(state);
}

TEST(test_an_anchor_comes_into_the_slice_of_its_user)
{
	struct fixture *fx = *state;
	struct nsi_fail f = {""};

	system_put_login("/system.slice/nsisolate.service");
	system_write("on-keep", SYSTEM_MOVE);
	assert_false(slice_has_anchor(&fx->ask));
	assert_int_equal(slice_take_anchor(&fx->ask, &f), 0);
	assert_true(slice_has_anchor(&fx->ask));
	assert_string_equal(system_read("calls"),
			    "keep nsisolate-set-7-4711.scope user-1000.slice 4711 "
			    "Memory of set 7 of uid 1000, kept by nsisolate\n");
}

TEST(test_without_systemd_there_is_nothing_to_do)
{
	struct fixture *fx = *state;

	system_is_here = false;
	system_put_login("/elsewhere");
	assert_true(slice_has_anchor(&fx->ask));
}

TEST(test_what_systemd_does_not_do_is_told)
{
	struct fixture *fx = *state;
	struct nsi_fail f = {""};

	system_put_login("/system.slice/nsisolate.service");
	assert_int_equal(slice_take_anchor(&fx->ask, &f), -EIO); /* it says yes, and does nothing */
	assert_string_equal(f.what, "systemd does not move the anchor into user-1000.slice");
	f = (struct nsi_fail){""};
	system_write("on-keep", "echo Unit is busy; exit 1\n");
	assert_int_equal(slice_take_anchor(&fx->ask, &f), -EIO);
	assert_string_equal(f.what,
			    "cannot make a scope for the anchor: systemd says: Unit is busy");
}

TEST(test_another_login_may_have_been_faster)
{
	struct fixture *fx = *state;
	struct nsi_fail f = {""};

	system_put_login("/system.slice/nsisolate.service");
	system_write("on-keep", SYSTEM_MOVE "echo Unit exists already; exit 1\n");
	assert_int_equal(slice_take_anchor(&fx->ask, &f), 0);
}

TEST(test_an_anchor_that_has_ended_needs_none)
{
	struct fixture *fx = *state;
	struct nsi_fail f = {""};

	system_put_login("/system.slice/nsisolate.service");
	end_anchor(fx);
	assert_int_equal(slice_take_anchor(&fx->ask, &f), 0);
	assert_string_equal(system_read("calls"), ""); /* its number may be another's */
}

TEST(test_a_path_that_is_too_long_is_refused)
{
	char mount[LIMITS_TEXT], name[LIMITS_NAME], dir[LIMITS_TEXT];
	struct nsi_fail f = {""};

	memset(mount, 'm', sizeof(mount) - 1);
	mount[sizeof(mount) - 1] = '\0';
	(void)state;
	assert_int_equal(slice_find(mount, SYSTEM_UID, name, dir, &f), -ENAMETOOLONG);
	assert_non_null(strstr(f.what, "is too long"));
	system_write("mountinfo", "30 20 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n");
	f = (struct nsi_fail){""};
	assert_int_equal(slice_take_anchor(&(struct slice_ask){.pidfd = -EBADF}, &f), -ENOENT);
}

#define SLICE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static int run(void)
{
	const struct CMUnitTest tests[] = {
		SLICE_TEST(test_an_anchor_comes_into_the_slice_of_its_user),
		SLICE_TEST(test_without_systemd_there_is_nothing_to_do),
		SLICE_TEST(test_what_systemd_does_not_do_is_told),
		SLICE_TEST(test_another_login_may_have_been_faster),
		SLICE_TEST(test_an_anchor_that_has_ended_needs_none),
		SLICE_TEST(test_a_path_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	(void)argc;
	return system_main(argv, run);
}
