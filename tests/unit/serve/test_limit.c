/* SPDX-License-Identifier: MIT */
/* Limits of a login before it enters: applied, found in force, or a refusal in systemd's words */
#include "tests/unit/cgroup/system.h"
#include "tests/unit/serve/open_step.h"

#include <inttypes.h>
#include <sys/sysinfo.h>

#include "tests/unit/logged.h"

static bool goes_on; /* the request, behind its limits */

static void on_turn(struct loop_job *job)
{
	(void)job;
	goes_on = true;
}

static int begin(void **state)
{
	goes_on = false;
	if (set_up(state) < 0 || system_begin(state) < 0)
		return -1;
	x.sets.limits = (struct limits_registry){
		.loop = &x.sets.loop,
		.undo = WORK_NONE,
		.dir_fd = open(scratch_path(&system_s, 0, "limits"),
			       O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	};
	x.call->pid = SYSTEM_PID;
	x.call->resume.run = on_turn;
	return x.sets.limits.dir_fd < 0 ? -1 : 0;
}

static void until_undone(struct loop *l)
{
	l->stop = !work_is_busy(&x.sets.limits.undo);
}

static void until_done(struct loop *l)
{
	l->stop = LIST_EMPTY(&x.server.calls) || !work_is_busy(&x.call->work);
}

/* Runs the helper until a child has ended. */
static void wait_until(void (*is_there)(struct loop *l))
{
	is_there(&x.sets.loop);
	while (!x.sets.loop.stop)
		assert_int_equal(loop_run(&x.sets.loop, is_there), 0);
	x.sets.loop.stop = false;
}

static int end(void **state)
{
	if (!LIST_EMPTY(&x.server.calls))
		call_free(LIST_FIRST(&x.server.calls));
	wait_until(until_undone); /* its programs must not write into the next test's system */
	work_cancel(&x.sets.limits.undo);
	nsi_closep(&x.sets.limits.dir_fd);
	(void)tear_down(state);
	return system_end(state);
}

/* systemd has no limits, and sets those that it is told. */
static void obey(void)
{
	system_write("on-get", "shift 2; for p; do echo 18446744073709551615; done\n");
	system_write("on-set", "g=$d/" SYSTEM_SLICE
			       "; case $1 in *.slice) ;; *) g=$g/$1 ;; esac\n" SYSTEM_APPLY);
	system_write("on-scope", SYSTEM_MOVE "g=$d/" SYSTEM_SLICE "/$1\n" SYSTEM_APPLY);
}

static void wait_for_limits(void)
{
	assert_int_equal(open_step_run(&x.o, OPEN_LIMITS), OPEN_WAIT);
	assert_int_equal(x.call->state, CALL_LIMIT);
	wait_until(until_done);
}

TEST(test_a_login_waits_for_its_limits_once)
{
	policy_found("namespaces = [ \"ipc\" ]; limits = { tasks = \"512\"; };");
	obey();
	system_put_login("/user.slice/user-1000.slice/session-3.scope");
	wait_for_limits();
	assert_true(goes_on);
	assert_non_null(strstr(system_read("calls"), "set user-1000.slice TasksMax=512"));
	assert_int_equal(limit_begin(&x.o), OPEN_NEXT); /* the next one finds them in force */
	assert_true(x.call->limits.holds);
	assert_false(x.call->limits.has_memory);
}

TEST(test_limits_that_cannot_be_applied_refuse_the_login)
{
	policy_found("namespaces = [ \"ipc\" ]; limits = { tasks = \"512\"; };");
	obey();
	system_write("on-scope", "echo Unit is busy; exit 1\n");
	system_put_login("/system.slice/cron.service");
	wait_for_limits();
	assert_false(goes_on);
	answer_is(NSI_REFUSED, "cannot make a scope for the login: systemd says: Unit is busy");
	assert_true(LIST_EMPTY(&x.sets.limits.holders));
}

TEST(test_memory_is_among_the_limits)
{
	policy_found("namespaces = [ \"ipc\" ]; limits = { memory = \"64M\"; };");
	obey();
	system_put_login("/user.slice/user-1000.slice");
	wait_for_limits();
	assert_true(goes_on);
	assert_non_null(strstr(system_read("calls"), "set user-1000.slice MemoryMax=67108864"));
	assert_true(x.call->limits.has_memory);
}

/* Whether that is a number of whole pages, as the kernel has it, depends on the machine. */
TEST(test_memory_may_be_a_share_of_the_machines)
{
	struct sysinfo info;
	char asked[80];

	assert_int_equal(sysinfo(&info), 0);
	(void)snprintf(asked, sizeof(asked), "set user-1000.slice MemoryMax=%" PRIu64 "\n",
		       (uint64_t)info.totalram * info.mem_unit / 100 * 50);
	policy_found("namespaces = [ \"ipc\" ]; limits = { memory = \"50%\"; };");
	obey();
	system_put_login("/user.slice/user-1000.slice");
	wait_for_limits();
	assert_non_null(strstr(system_read("calls"), asked));
}

TEST(test_a_policy_without_limits_asks_nobody)
{
	policy_found("namespaces = [ \"ipc\" ];");
	is_not_on_the_way(OPEN_LIMITS);
	assert_string_equal(system_read("calls"), "");
}

/* A login that came from elsewhere and does not begin. */
TEST(test_a_login_that_fails_is_moved_back)
{
	system_write("fs/cron.service/cgroup.procs", "");
	(void)snprintf(x.call->came_from, sizeof(x.call->came_from), "%s/fs/cron.service",
		       system_s.top);
	limits_hold(&x.sets.limits, &x.call->limits, 0, 1000);
	limit_drop(x.call);
	assert_string_equal(system_read("fs/cron.service/cgroup.procs"), "4711");
	assert_true(LIST_EMPTY(&x.sets.limits.holders));
}

TEST(test_a_session_that_closes_is_moved_back)
{
	struct session session = {.rec = {.pid = SYSTEM_PID}};

	limit_return(&session); /* it was not moved */
	system_write("fs/cron.service/cgroup.procs", "");
	(void)snprintf(session.rec.cgroup, sizeof(session.rec.cgroup), "%s/fs/cron.service",
		       system_s.top);
	limit_return(&session);
	assert_string_equal(system_read("fs/cron.service/cgroup.procs"), "4711");
}

TEST(test_a_group_that_is_gone_is_logged)
{
	struct session session = {.rec = {.pid = SYSTEM_PID, .cgroup = "/nsi-test-none"}};
	struct logged log;

	logged_begin(&log);
	limit_return(&session);
	assert_non_null(strstr(logged_end(&log), "process 4711 cannot be moved back to "
						 "/nsi-test-none: No such file or directory"));
}

#undef CASE
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

static int run(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_login_waits_for_its_limits_once),
		CASE(test_limits_that_cannot_be_applied_refuse_the_login),
		CASE(test_memory_is_among_the_limits),
		CASE(test_memory_may_be_a_share_of_the_machines),
		CASE(test_a_policy_without_limits_asks_nobody),
		CASE(test_a_login_that_fails_is_moved_back),
		CASE(test_a_session_that_closes_is_moved_back),
		CASE(test_a_group_that_is_gone_is_logged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	(void)argc;
	return system_main(argv, run);
}
