/* SPDX-License-Identifier: MIT */
/* Limits by systemd's units: what is asked of it, what is recorded, and how it is undone */
#include "tests/unit/cgroup/system.h"

#include <errno.h>
#include <sys/wait.h>

static const struct limit limits = {.tasks = 512, .memory = UINT64_C(2) << 30, .cpu = 150};

static struct limits_record record_of(const struct limit_ask *ask)
{
	struct limits_record rec = {""};
	char name[LIMITS_NAME];

	limits_name(name, ask->set, ask->uid);
	assert_int_equal(limits_read(ask->dir_fd, name, &rec), 0);
	return rec;
}

static int apply(struct limit_ask *ask, struct nsi_fail *f)
{
	*f = (struct nsi_fail){""};
	return limit_by_systemd(ask, scratch_path(&system_s, 1, "fs"), f);
}

/* systemd has no limits, and sets those that it is told. */
static void obey(void)
{
	system_write("on-get", "shift 2; for p; do echo 18446744073709551615; done\n");
	system_write("on-set", "g=$d/" SYSTEM_SLICE
			       "; case $1 in *.slice) ;; *) g=$g/$1 ;; esac\n" SYSTEM_APPLY);
	system_write("on-scope", SYSTEM_MOVE "g=$d/" SYSTEM_SLICE "/$1\n" SYSTEM_APPLY);
}

TEST(test_a_slice_gets_the_limits_and_its_values_before_are_recorded)
{
	struct limit_ask ask = system_ask(limits);
	struct limits_record rec;
	struct nsi_fail f;

	obey();
	system_put_login("/user.slice/user-1000.slice/session-3.scope");
	assert_int_equal(apply(&ask, &f), 0);
	assert_string_equal(system_read("calls"),
			    "get user-1000.slice Slice TasksMax MemoryMax CPUQuotaPerSecUSec\n"
			    "set user-1000.slice TasksMax=512 MemoryMax=2147483648 "
			    "CPUQuotaPerSecUSec=1500000\n");
	rec = record_of(&ask);
	assert_string_equal(rec.unit, "user-1000.slice");
	assert_string_equal(rec.tasks, "18446744073709551615");
	assert_string_equal(rec.kept, "");
	system_write("calls", "");
	assert_int_equal(apply(&ask, &f), 0); /* the second login finds it done */
	assert_string_equal(system_read("calls"), "");
	assert_true(limit_holds(&ask));
	nsi_closep(&ask.dir_fd);
}

/* The values by then are ours, and would be taken for those from before us. */
TEST(test_a_record_that_cannot_be_read_is_not_written_anew)
{
	struct limit_ask ask = system_ask(limits);
	struct nsi_fail f;

	obey();
	system_put_login("/user.slice/user-1000.slice/session-3.scope");
	assert_int_equal(apply(&ask, &f), 0);
	system_write("on-get", "shift 2; for p; do echo 512; done\n");
	ask.limit.tasks = 100;
	system_unreadable = "u1000";
	assert_int_equal(apply(&ask, &f), -EIO);
	assert_string_equal(
		f.what, "cannot read what the limits of user-1000.slice were: Input/output error");
	system_unreadable = NULL;
	assert_int_equal(apply(&ask, &f), 0);
	assert_string_equal(record_of(&ask).tasks, "18446744073709551615");
	nsi_closep(&ask.dir_fd);
}

TEST(test_a_limit_that_the_policy_has_no_more_gets_its_value_from_before)
{
	struct limit_ask ask = system_ask(limits);
	struct nsi_fail f;

	obey();
	system_put_login("/user.slice/user-1000.slice/session-3.scope");
	assert_int_equal(apply(&ask, &f), 0);
	system_write("calls", "");
	ask.limit = (struct limit){.tasks = 100};
	assert_false(limit_holds(&ask));
	assert_int_equal(apply(&ask, &f), 0);
	assert_string_equal(system_read("calls"),
			    "set user-1000.slice TasksMax=100 MemoryMax=18446744073709551615 "
			    "CPUQuotaPerSecUSec=18446744073709551615\n");
	nsi_closep(&ask.dir_fd);
}

TEST(test_a_file_of_the_administrators_is_kept_and_ours_are_removed)
{
	static const char dir[] = "run/systemd/system.control/user-1000.slice.d";
	struct limit_ask ask = system_ask(limits);
	struct limits_record rec;
	struct nsi_fail f;

	obey();
	system_write("run/systemd/system.control/user-1000.slice.d/50-TasksMax.conf", "x\n");
	system_put_login("/user.slice/user-1000.slice");
	assert_int_equal(apply(&ask, &f), 0);
	rec = record_of(&ask);
	assert_string_equal(rec.kept, "tasks");
	system_write("run/systemd/system.control/user-1000.slice.d/50-MemoryMax.conf", "x\n");
	system_write("run/systemd/system.control/user-1000.slice.d/50-CPUQuota.conf", "x\n");
	assert_int_equal(limit_undo_unit(&rec, &f), 0);
	assert_int_equal(faccessat(AT_FDCWD, scratch_path(&system_s, 0, dir), F_OK, 0), 0);
	assert_string_equal(
		system_read("run/systemd/system.control/user-1000.slice.d/50-TasksMax.conf"),
		"x\n");
	assert_string_equal(
		system_read("run/systemd/system.control/user-1000.slice.d/50-CPUQuota.conf"), "");
	nsi_closep(&ask.dir_fd);
}

TEST(test_a_login_outside_of_the_slice_comes_into_it_by_a_scope)
{
	struct limit_ask ask = system_ask(limits);
	struct nsi_fail f;

	obey();
	system_put_login("/system.slice/cron.service");
	assert_int_equal(apply(&ask, &f), 0);
	assert_non_null(strstr(system_read("calls"), "\nscope nsisolate-1000-"));
	assert_non_null(
		strstr(system_read("calls"), ".scope user-1000.slice 4711 Login of uid 1000"));
	system_write("on-scope", ""); /* which makes none */
	system_put_login("/system.slice/cron.service");
	assert_int_equal(apply(&ask, &f), -EIO);
	assert_non_null(strstr(f.what, "the login is still in "));
	nsi_closep(&ask.dir_fd);
}

TEST(test_limits_that_are_not_in_force_refuse)
{
	struct limit_ask ask = system_ask(limits);
	struct nsi_fail f;

	obey();
	system_write("on-set", "");
	system_put_login("/user.slice/user-1000.slice");
	assert_int_equal(apply(&ask, &f), -EIO);
	assert_non_null(strstr(f.what, "'limits' are not in force"));
	nsi_closep(&ask.dir_fd);
}

TEST(test_what_systemd_says_is_in_the_sentence)
{
	struct limit_ask ask = system_ask(limits);
	struct nsi_fail f;

	obey();
	system_put_login("/system.slice/cron.service");
	system_write("on-scope", "echo Unit is busy; exit 1\n");
	assert_int_equal(apply(&ask, &f), -EIO);
	assert_string_equal(f.what,
			    "cannot make a scope for the login: systemd says: Unit is busy");
	system_write("on-set", "exit 3\n");
	ask.limit.tasks++;
	assert_int_equal(apply(&ask, &f), -EIO);
	assert_non_null(strstr(f.what, "systemd says: nothing"));
	assert_int_equal(unlinkat(ask.dir_fd, "u1000", 0), 0);
	system_write("on-get", "echo many\n");
	assert_int_equal(apply(&ask, &f), -EBADMSG);
	assert_non_null(strstr(f.what, "answers \"many\""));
	assert_int_equal(unlinkat(AT_FDCWD, scratch_path(&system_s, 0, "nsisolate-limits"), 0), 0);
	assert_int_equal(apply(&ask, &f), -ENOENT);
	assert_non_null(strstr(f.what, "cannot be run"));
	nsi_closep(&ask.dir_fd);
}

TEST(test_a_session_has_the_limits_in_its_own_unit)
{
	struct limit_ask ask = system_ask(limits);
	struct nsi_fail f;

	obey();
	ask.set = 5;
	system_write("on-leader", "echo 4711\n");
	system_write(SYSTEM_SLICE "/session-3.scope/.keep", "");
	system_put_login("/user.slice/user-1000.slice/session-3.scope");
	assert_int_equal(apply(&ask, &f), 0);
	assert_string_equal(record_of(&ask).unit, "session-3.scope");
	assert_string_equal(record_of(&ask).tasks, ""); /* it ends with its session */
	system_write(SYSTEM_SLICE "/user@1000.service/.keep", "");
	system_put_login("/user.slice/user-1000.slice/user@1000.service");
	assert_int_equal(apply(&ask, &f), 0);
	assert_string_equal(record_of(&ask).tasks, "18446744073709551615");
	nsi_closep(&ask.dir_fd);
}

TEST(test_a_program_in_the_session_of_another_gets_a_scope)
{
	struct limit_ask ask = system_ask(limits);
	struct nsi_fail f;

	obey();
	ask.set = 5;
	system_write("on-leader", "echo 1\n");
	system_put_login("/user.slice/user-1000.slice/session-3.scope");
	assert_int_equal(apply(&ask, &f), 0);
	assert_int_equal(strncmp(record_of(&ask).unit, "nsisolate-1000-", 15), 0);
	system_put_login("/user.slice/user-1000.slice/app.slice");
	assert_int_equal(apply(&ask, &f), 0);
	system_put_login("/user.slice/user-1000.slice");
	assert_int_equal(apply(&ask, &f), 0);
	nsi_closep(&ask.dir_fd);
	assert_true(apply(&ask, &f) < 0); /* nothing is done that is not on record */
	assert_non_null(strstr(f.what, "cannot record the limits"));
}

/* As the helper has it, in a child, whose end gives the lock of the records back. */
static int apply_in_child(struct limit_ask *ask)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		struct nsi_fail f = {""};

		_exit(limit_apply(ask, &f) == 0 ? 0 : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

TEST(test_the_limits_of_ended_sets_are_undone_first)
{
	struct limit_ask ask = system_ask(limits);
	struct limits_record rec = {.unit = "user-1000.slice", .tasks = "77"};

	obey();
	assert_int_equal(limits_write(ask.dir_fd, "end-3", &rec), 0);
	rec = (struct limits_record){.group = "/nonexistent/nsisolate/s4"};
	assert_int_equal(limits_write(ask.dir_fd, "end-4", &rec), 0);
	system_write("limits/end-5", "nonsense\n");
	system_put_login("/user.slice/user-1000.slice");
	assert_int_equal(apply_in_child(&ask), 0);
	assert_non_null(strstr(system_read("calls"), "set user-1000.slice TasksMax=77\n"));
	for (char name[] = "end-3"; name[4] <= '5'; name[4]++)
		assert_int_equal(faccessat(ask.dir_fd, name, F_OK, 0), -1);
	assert_string_equal(system_read("limits/bad-5"), "nonsense\n"); /* for an administrator */
	rec = (struct limits_record){.unit = "user-1000.slice", .tasks = "77"};
	assert_int_equal(limits_write(ask.dir_fd, "end-3", &rec), 0);
	system_write("on-set", "exit 1\n");
	limit_undo_all(ask.dir_fd);
	assert_int_equal(faccessat(ask.dir_fd, "end-3", F_OK, 0), 0); /* for the next time */
	nsi_closep(&ask.dir_fd);
}

TEST(test_without_version_2_there_are_no_limits)
{
	struct limit_ask ask = system_ask(limits);
	struct nsi_fail f = {""};

	system_write("mountinfo", "30 20 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n");
	assert_int_equal(limit_apply(&ask, &f), -ENOENT);
	assert_non_null(strstr(f.what, "control groups of version 2"));
	assert_false(limit_holds(&ask));
	nsi_closep(&ask.dir_fd);
}

#define SYSTEM_TEST(name) cmocka_unit_test_setup_teardown(name, system_begin, system_end)

static int run(void)
{
	const struct CMUnitTest tests[] = {
		SYSTEM_TEST(test_a_slice_gets_the_limits_and_its_values_before_are_recorded),
		SYSTEM_TEST(test_a_record_that_cannot_be_read_is_not_written_anew),
		SYSTEM_TEST(test_a_limit_that_the_policy_has_no_more_gets_its_value_from_before),
		SYSTEM_TEST(test_a_file_of_the_administrators_is_kept_and_ours_are_removed),
		SYSTEM_TEST(test_a_login_outside_of_the_slice_comes_into_it_by_a_scope),
		SYSTEM_TEST(test_limits_that_are_not_in_force_refuse),
		SYSTEM_TEST(test_what_systemd_says_is_in_the_sentence),
		SYSTEM_TEST(test_a_session_has_the_limits_in_its_own_unit),
		SYSTEM_TEST(test_a_program_in_the_session_of_another_gets_a_scope),
		SYSTEM_TEST(test_the_limits_of_ended_sets_are_undone_first),
		SYSTEM_TEST(test_without_version_2_there_are_no_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	(void)argc;
	return system_main(argv, run);
}
