/* SPDX-License-Identifier: MIT */
/* The charge for memory that a set keeps after the last logout: which sets get a scope, and the log of a failure */
#include "tests/unit/cgroup/system.h"

#include <sys/pidfd.h>

#include "policy/image.h"
#include "sets/life.h"
#include "tests/unit/idle_sets.h"
#include "tests/unit/logged.h"

static struct sets sets;
static struct set *set;

/* The anchor: the number is what the system knows, and the descriptor is this process's. */
static int begin(void **state)
{
	const struct set_record rec = {.id = 7,
				       .uid = SYSTEM_UID,
				       .owner = SYSTEM_UID,
				       .types = ns_bit(NS_IPC),
				       .linger = 60,
				       .has_memory_limit = true};

	if (system_begin(state) < 0 || idle_sets_make(&sets, "/run/none", -EBADF, -EBADF) < 0)
		return -1;
	system_put_login("/system.slice/nsisolate.service");
	set = set_adopt(&sets, &rec, -EBADF);
	if (!set)
		return -1;
	set->anchor.pid = SYSTEM_PID;
	set->anchor.pidfd = (int)pidfd_open(getpid(), 0);
	return set->anchor.pidfd < 0 ? -1 : 0;
}

static int end(void **state)
{
	nsi_closep(&set->anchor.pidfd);
	idle_sets_done(&sets);
	return system_end(state);
}

static void until_done(struct loop *l)
{
	l->stop = !work_is_busy(&set->charge.work);
}

/* Waits for the child, if one was started.  Returns the words that systemd was asked. */
static const char *keep(void)
{
	charge_keep(set);
	until_done(&sets.loop);
	while (!sets.loop.stop)
		assert_int_equal(loop_run(&sets.loop, until_done), 0);
	sets.loop.stop = false;
	return system_read("calls");
}

TEST(test_the_anchor_gets_a_scope_in_its_users_slice)
{
	system_write("on-keep", SYSTEM_MOVE);
	assert_non_null(strstr(keep(), "keep nsisolate-set-7-4711.scope user-1000.slice 4711 "));
	system_write("calls", "");
	assert_string_equal(keep(), ""); /* the next login finds it done */
}

TEST(test_without_systemd_nothing_is_asked)
{
	system_is_here = false;
	assert_string_equal(keep(), "");
}

TEST(test_a_failure_is_logged_and_tried_again)
{
	struct logged log;

	system_write("on-keep", "echo Unit is busy; exit 1\n");
	logged_begin(&log);
	(void)keep();
	assert_non_null(strstr(logged_end(&log),
			       "set 7 (uid 1000): what it keeps in memory after the last logout "
			       "will be charged to nobody: cannot make a scope for the anchor: "
			       "systemd says: Unit is busy; the next login tries again"));
	system_write("on-keep", SYSTEM_MOVE);
	system_write("calls", "");
	assert_non_null(strstr(keep(), "keep nsisolate-set-7-4711.scope"));
}

static void nothing_is_asked(const char *of_what)
{
	if (strcmp(keep(), "") != 0)
		fail_msg("systemd is asked for a scope of a set %s", of_what);
}

TEST(test_sets_that_keep_nothing_need_no_scope)
{
	const struct set_facts rec = set->rec;
	const int pidfd = set->anchor.pidfd;
	struct facts_dir dir = {.method = POL_METHOD_DISK};

	set->rec.has_memory_limit = false;
	nothing_is_asked("without a limit of memory");
	set->rec = rec;
	set->rec.linger = 0;
	nothing_is_asked("that ends with its last session");
	set->rec = rec;
	set->rec.scope = POL_SCOPE_GROUP;
	nothing_is_asked("of a group, which is no user's");
	set->rec = rec;
	set->kills = true;
	nothing_is_asked("that ends");
	set->kills = false;
	set->anchor.pidfd = -EBADF;
	nothing_is_asked("without an anchor");
	set->anchor.pidfd = pidfd;
	set->rec.types = ns_bit(NS_MNT);
	set->rec.dir_count = 1;
	set->rec.dirs = &dir;
	nothing_is_asked("whose directories are on disk");
	set->rec = rec;
}

TEST(test_what_counts_as_memory)
{
	const struct set_facts rec = set->rec;
	struct facts_dir dir = {.method = POL_METHOD_TMPFS};

	assert_true(charge_is_wanted(set)); /* shared memory of its IPC namespace */
	set->rec.types = ns_bit(NS_MNT);
	assert_false(charge_is_wanted(set));
	set->rec.root_dev = 1; /* an overlay */
	assert_true(charge_is_wanted(set));
	set->rec.root_dev = 0;
	set->rec.home_dev = 1;
	assert_true(charge_is_wanted(set));
	set->rec.home_dev = 0;
	set->rec.dir_count = 1;
	set->rec.dirs = &dir;
	assert_true(charge_is_wanted(set));
	set->rec = rec;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

static int run(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_the_anchor_gets_a_scope_in_its_users_slice),
		CASE(test_without_systemd_nothing_is_asked),
		CASE(test_a_failure_is_logged_and_tried_again),
		CASE(test_sets_that_keep_nothing_need_no_scope),
		CASE(test_what_counts_as_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	(void)argc;
	return system_main(argv, run);
}
