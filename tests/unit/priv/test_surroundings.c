/* SPDX-License-Identifier: MIT */
/* The helper's surroundings: none are left of the process that has started it */
#include <grp.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "base/fail.h"
#include "priv/priv.h"
#include "tests/unit/own_system.h"

#define MIB ((rlim_t)1 << 20)

enum {
	OTHER = 65534, /* an ordinary user */
	FILES_WANTED = 65536,
	FILES_TOO_FEW = 64,
	FILES_ENOUGH = 1000, /* and fewer than are wanted */
	SLACK_NS = 50000,
};

/* Root's programs may have been started by anybody, as su(1) is. */
static void become_other(void)
{
	if (geteuid() == 0)
		faults_check(setgroups(0, NULL) == 0 && setresgid(OTHER, OTHER, OTHER) == 0 &&
				     setresuid(OTHER, OTHER, OTHER) == 0,
			     "still root");
}

static void leave_as_other(void *arg)
{
	struct nsi_fail f = {""};

	(void)arg;
	become_other();
	faults_check(surroundings_leave(false, &f) == -EPERM, "it became root");
	faults_check(strstr(f.what, "cannot become root alone; the helper is started by root") ==
			     f.what,
		     "%s", f.what);
}

TEST(test_an_ordinary_user_cannot_start_it)
{
	faults_apart(leave_as_other, NULL);
}

static void check_signals(void)
{
	for (int sig = 1; sig < NSIG; sig++) {
		struct sigaction sa;

		faults_check(sigaction(sig, NULL, &sa) < 0 || sa.sa_handler == SIG_DFL,
			     "signal %d is not as usual", sig);
	}
}

static void check_identity(void)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	faults_check(getresuid(&r, &e, &s) == 0 && r == 0 && e == 0 && s == 0, "uid %u %u %u", r, e,
		     s);
	faults_check(getresgid(&rg, &eg, &sg) == 0 && rg == 0 && eg == 0 && sg == 0, "gid %u %u %u",
		     rg, eg, sg);
	faults_check(getgroups(0, NULL) == 0, "%d groups", getgroups(0, NULL));
}

static void leave_a_login(void *arg)
{
	const gid_t groups[] = {OTHER, 7};
	struct nsi_fail f = {""};
	char cwd[64];

	(void)arg;
	if (geteuid() != 0)
		_exit(77);
	faults_check(setgroups(2, groups) == 0 && setresgid(OTHER, 0, 0) == 0 &&
			     setresuid(OTHER, 0, 0) == 0 && chdir("/tmp") == 0,
		     "no login");
	umask(077);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGUSR1, SIG_IGN);
	(void)signal(SIGRTMAX, SIG_IGN);
	faults_check(surroundings_leave(false, &f) == 0, "%s", f.what);
	check_identity();
	check_signals();
	faults_check(umask(0) == 0, "a umask is left");
	faults_check(getcwd(cwd, sizeof(cwd)) && strcmp(cwd, "/") == 0, "it is in %s", cwd);
}

TEST(test_identity_signals_umask_and_directory_are_roots)
{
	faults_apart(leave_a_login, NULL);
}

static long read_number(const char *path)
{
	char text[32] = "";

	faults_check(fd_read_file(AT_FDCWD, path, text, sizeof(text)) > 0, "no %s", path);
	return strtol(text, NULL, 10);
}

static void make_unusual(void)
{
	const struct sched_param none = {0};

	faults_check(sched_setscheduler(0, SCHED_BATCH, &none) == 0, "no other scheduler");
	faults_check(setpriority(PRIO_PROCESS, 0, 5) == 0, "not nice");
	faults_check(prctl(PR_SET_TIMERSLACK, 12345678, 0, 0, 0) == 0, "no slack");
	faults_check(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0, "huge pages");
	faults_check(personality(ADDR_NO_RANDOMIZE) >= 0, "no personality");
	own_file("/proc/self/oom_score_adj", "500");
}

static void check_usual(void)
{
	faults_check(sched_getscheduler(0) == SCHED_OTHER, "another scheduler");
	faults_check(getpriority(PRIO_PROCESS, 0) == 0, "nice %d", getpriority(PRIO_PROCESS, 0));
	faults_check(prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) == SLACK_NS, "slack %d",
		     prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
	faults_check(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 0, "no huge pages");
	faults_check((personality(0xffffffff) & ADDR_NO_RANDOMIZE) == 0, "personality %x",
		     (unsigned)personality(0xffffffff));
	faults_check(read_number("/proc/self/oom_score_adj") <= 0, "to be killed first");
}

/*
 * A hierarchy of this system's alone, in whose place is a file: nothing of the machine's is changed.
 * Returns whether the kernel has one.
 */
static bool cover_cgroups(void)
{
	bool is_there;

	own_dir("/run/cgroup", 0755);
	is_there = mount("test", "/run/cgroup", "cgroup2", 0, NULL) == 0;
	own_tmpfs("/sys", 0, "mode=0755");
	own_tmpfs("/run/cgroup", 0, "mode=0755");
	own_file("/run/cgroup/cgroup.procs", "");
	return is_there;
}

static void leave_on_demand(void *arg)
{
	struct nsi_fail f = {""};
	bool has_cgroups;

	(void)arg;
	own_system();
	has_cgroups = cover_cgroups();
	make_unusual();
	faults_check(surroundings_leave(true, &f) == 0, "%s", f.what);
	check_usual();
	faults_check(!has_cgroups || read_number("/run/cgroup/cgroup.procs") == getpid(),
		     "it is still in the login's group");
}

TEST(test_a_login_does_not_decide_how_it_is_scheduled)
{
	faults_apart(leave_on_demand, NULL);
}

static void leave_as_service(void *arg)
{
	struct nsi_fail f = {""};

	(void)arg;
	own_system();
	(void)cover_cgroups();
	faults_check(setpriority(PRIO_PROCESS, 0, 5) == 0, "not nice");
	faults_check(surroundings_leave(false, &f) == 0, "%s", f.what);
	faults_check(getpriority(PRIO_PROCESS, 0) == 5, "what its unit says is lost");
	own_check_text("/run/cgroup/cgroup.procs", "");
}

TEST(test_a_service_stays_as_its_unit_has_it)
{
	faults_apart(leave_as_service, NULL);
}

static void limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard)
{
	const struct rlimit l = {soft, hard};

	faults_check(setrlimit(resource, &l) == 0, "no limit %d", (int)resource);
}

static void check_limit(__rlimit_resource_t resource, rlim_t least)
{
	struct rlimit l;

	faults_check(getrlimit(resource, &l) == 0 && l.rlim_cur >= least, "limit %d is %llu",
		     (int)resource, (unsigned long long)l.rlim_cur);
}

/* Root without CAP_SYS_RESOURCE, as in some containers, cannot raise them. */
static void raise_limits(void *arg)
{
	const struct rlimit higher = {FILES_ENOUGH, FILES_ENOUGH};
	struct nsi_fail f = {""};

	(void)arg;
	if (geteuid() != 0)
		_exit(77);
	limit(RLIMIT_NOFILE, FILES_TOO_FEW, FILES_TOO_FEW);
	if (setrlimit(RLIMIT_NOFILE, &higher) < 0)
		_exit(77);
	limit(RLIMIT_CPU, 1000, 1000);
	limit(RLIMIT_FSIZE, MIB, MIB);
	limit(RLIMIT_STACK, MIB, 2 * MIB);
	faults_check(rlimits_reset(&f) == 0, "%s", f.what);
	check_limit(RLIMIT_NOFILE, FILES_WANTED);
	check_limit(RLIMIT_CPU, RLIM_INFINITY);
	check_limit(RLIMIT_FSIZE, RLIM_INFINITY);
	check_limit(RLIMIT_STACK, 8 * MIB);
}

TEST(test_root_raises_the_limits_of_the_login)
{
	faults_apart(raise_limits, NULL);
}

/* The login's is 0; process 1's may be higher than can be had without CAP_SYS_RESOURCE. */
static void take_limits(void *arg)
{
	static const __rlimit_resource_t resources[] = {RLIMIT_CORE, RLIMIT_MEMLOCK};
	struct nsi_fail f = {""};
	struct rlimit its, ours;

	(void)arg;
	for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		if (prlimit(1, resources[i], NULL, &its) < 0 ||
		    getrlimit(resources[i], &ours) < 0 || its.rlim_max > ours.rlim_max)
			_exit(77);
		limit(resources[i], 0, ours.rlim_max);
		faults_check(rlimits_reset(&f) == 0, "%s", f.what);
		faults_check(getrlimit(resources[i], &ours) == 0 && ours.rlim_cur == its.rlim_cur &&
				     ours.rlim_max == its.rlim_max,
			     "limit %d is another", (int)resources[i]);
	}
}

TEST(test_other_limits_are_those_of_process_1)
{
	faults_apart(take_limits, NULL);
}

static void stay_too_low(void *arg)
{
	struct nsi_fail f = {""};

	(void)arg;
	limit(RLIMIT_NOFILE, FILES_TOO_FEW, FILES_TOO_FEW);
	become_other();
	faults_check(rlimits_reset(&f) == -EPERM, "it can serve with %d files", FILES_TOO_FEW);
	faults_check(strstr(f.what, "has the hard limit RLIMIT_NOFILE (ulimit -n) of 64, which is "
				    "too low"),
		     "%s", f.what);
}

TEST(test_a_hard_limit_that_is_too_low_is_named)
{
	faults_apart(stay_too_low, NULL);
}

static void take_what_there_is(void *arg)
{
	struct nsi_fail f = {""};
	struct rlimit l;

	(void)arg;
	limit(RLIMIT_NOFILE, FILES_TOO_FEW, FILES_ENOUGH);
	become_other();
	faults_check(rlimits_reset(&f) == 0, "%s", f.what);
	faults_check(getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur == FILES_ENOUGH, "%llu files",
		     (unsigned long long)l.rlim_cur);
}

TEST(test_a_hard_limit_that_suffices_is_used_up)
{
	faults_apart(take_what_there_is, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_ordinary_user_cannot_start_it),
		cmocka_unit_test(test_identity_signals_umask_and_directory_are_roots),
		cmocka_unit_test(test_a_login_does_not_decide_how_it_is_scheduled),
		cmocka_unit_test(test_a_service_stays_as_its_unit_has_it),
		cmocka_unit_test(test_root_raises_the_limits_of_the_login),
		cmocka_unit_test(test_other_limits_are_those_of_process_1),
		cmocka_unit_test(test_a_hard_limit_that_is_too_low_is_named),
		cmocka_unit_test(test_a_hard_limit_that_suffices_is_used_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
