/* SPDX-License-Identifier: MIT */
/* A sweep of the statedir: what has ended goes, and nothing that is not proved to be ours and over */
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "host/host.h"
#include "priv/child.h"
#include "sweep/sweep.h"
#include "tests/unit/faults.h"
#include "tests/unit/scratch.h"

#define BOOT "0a1b2c3d-0000-0000-0000-000000000000"

enum {
	LIVE_SET = 9,
	LIVE_USER = 1001,
	LAST_SET = 12,
};

static const char unused[] = "nsisolate-instance 1 boot-only=0 age=60 used=1000 boot=" BOOT "\n";

/* The entries of the statedir, and whether a sweep leaves them there. */
static const struct {
	const char *name;
	bool stays;
} entries[] = {
	{"s0a1b2c3d-8/tmp/file", false}, /* of a set that has ended */
	{"s0a1b2c3d-9/tmp/file", true},
	{"s0a1b2c3d-13/tmp/file", true}, /* it began after this helper's look */
	{"s00000000-9/tmp/file", false}, /* of another boot */
	{"u1000/tmp/file", false},       /* too old */
	{"u1000/shm/file", true},        /* nothing says that it ends */
	{"u1001/tmp/file", true},        /* of a live set, whatever its age is */
	{"trash/0123/file", false},
	/* An administrator's. */
	{"s0a1b2c3d-8.old/tmp/file", true},
	{"saved-by-hand/tmp/file", true},
	{"s/tmp/file", true},
	{"u1000.old/tmp/file", true},
	{"lost+found/file", true},
	{"quarantine/u1000-1-0123/tmp/file", true},
};

enum {
	ENTRIES = sizeof(entries) / sizeof(entries[0])
};

struct fixture {
	struct scratch s;
	struct host host;
	struct loop loop;
	struct sweeper sweeper;
	unsigned rounds;
};

static struct fixture x;

static bool is_live(void *arg, char kind, uint64_t number)
{
	(void)arg;
	return (kind == 's' && number == LIVE_SET) || (kind == 'u' && number == LIVE_USER);
}

static void own_dir(const char *name, mode_t mode)
{
	if (chmod(scratch_path(&x.s, 0, name), mode) < 0)
		fail_msg("no %s", name);
}

static int fixture_make(void)
{
	memset(&x, 0, sizeof(x));
	umask(022);
	if (scratch_make_below(&x.s, "/run") < 0)
		return -1;
	for (unsigned i = 0; i < ENTRIES; i++)
		if (scratch_write(&x.s, entries[i].name, "x\n") < 0)
			return -1;
	if (scratch_write(&x.s, "u1000/.meta-tmp", unused) < 0 ||
	    scratch_write(&x.s, "u1001/.meta-tmp", unused) < 0 ||
	    scratch_write(&x.s, "u1000.old/.meta-tmp", unused) < 0)
		return -1;
	own_dir("trash", 0700);
	x.host.statedir = x.s.top;
	x.host.last_set = LAST_SET;
	memcpy(x.host.boot_id, BOOT, sizeof(BOOT));
	if (loop_init(&x.loop) < 0)
		return -1;
	sweeper_init(&x.sweeper, &x.loop, &x.host, (struct sweep_owner){.is_live = is_live});
	return 0;
}

static void fixture_done(void)
{
	work_cancel(&x.sweeper.work);
	loop_done(&x.loop);
	scratch_done(&x.s);
}

static int set_up(void **state)
{
	(void)state;
	return geteuid() == 0 ? fixture_make() : 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (geteuid() == 0)
		fixture_done();
	return 0;
}

static void stop_when_done(struct loop *l)
{
	l->stop = !sweeper_is_busy(&x.sweeper);
}

static void sweep(void)
{
	x.loop.stop = false;
	sweeper_start(&x.sweeper);
	while (sweeper_is_busy(&x.sweeper) && !x.loop.stop)
		(void)loop_run(&x.loop, stop_when_done); /* again if the wait itself has failed */
	loop_disarm(&x.loop, &x.sweeper.daily);
}

/* A killed child may need a moment to end, and its descriptor is kept until then. */
static void wait_for_children(void)
{
	int none = -EBADF;
	siginfo_t info;

	while (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0)
		child_reap(&none);
}

static bool is_there(const char *name)
{
	return access(scratch_path(&x.s, 0, name), F_OK) == 0;
}

TEST(test_what_has_ended_goes_and_nothing_else)
{
	if (geteuid() != 0)
		skip();
	sweep();
	for (unsigned i = 0; i < ENTRIES; i++)
		if (is_there(entries[i].name) != entries[i].stays)
			fail_msg("%s is %s", entries[i].name, entries[i].stays ? "gone" : "there");
	assert_true(is_there("reserve/dir-0"));
	assert_true(is_there("u1000/.meta-tmp")); /* it is the lock of the next one, too */
}

TEST(test_a_sweep_that_is_asked_for_meanwhile_follows)
{
	if (geteuid() != 0)
		skip();
	sweeper_start(&x.sweeper);
	assert_true(sweeper_is_busy(&x.sweeper));
	sweeper_start_soon(&x.sweeper);
	sweeper_start(&x.sweeper);
	assert_true(x.sweeper.again);
	assert_int_equal(loop_run(&x.loop, stop_when_done), 0);
	assert_false(x.sweeper.again);
	assert_false(is_there("trash/0123"));
	sweeper_start_soon(&x.sweeper);
	assert_true(x.sweeper.daily.due_us > 0);
	loop_disarm(&x.loop, &x.sweeper.daily);
}

TEST(test_without_a_statedir_there_is_nothing_to_do)
{
	if (geteuid() != 0)
		skip();
	x.host.statedir = "/run/nonexistent/nsi-test";
	sweep();
	assert_int_equal(x.sweeper.work.status, 0);
	x.host.statedir = x.s.top;
	own_dir("", 0777); /* which is no place for root to delete in */
	sweep();
	assert_true(x.sweeper.work.status != 0);
	assert_true(is_there("s00000000-9/tmp/file"));
}

/* Whichever call fails: what stays does so, and the next sweep does what this one has not done. */
static void sweep_with_a_fault(struct faults *f)
{
	(void)open("/dev/null", O_WRONLY | O_CLOEXEC);
	faults_check(fixture_make() == 0, "no statedir");
	f->fds = faults_count_fds();
	faults_begin(f);
	sweep();
	faults_end(f);
	faults_check(!sweeper_is_busy(&x.sweeper), "it goes on");
	wait_for_children();
	faults_check_fds(f);
	for (unsigned i = 0; i < ENTRIES; i++)
		faults_check(!entries[i].stays || is_there(entries[i].name), "%s is gone",
			     entries[i].name);
	sweep();
	for (unsigned i = 0; i < ENTRIES; i++)
		faults_check(is_there(entries[i].name) == entries[i].stays, "%s is %s",
			     entries[i].name, entries[i].stays ? "gone" : "there");
	fixture_done();
	f->fds = faults_count_fds();
}

TEST(test_a_sweep_that_failed_is_made_up_for_by_the_next)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(sweep_with_a_fault, NULL, 61);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_has_ended_goes_and_nothing_else, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_sweep_that_is_asked_for_meanwhile_follows,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_a_statedir_there_is_nothing_to_do,
						set_up, tear_down),
		cmocka_unit_test(test_a_sweep_that_failed_is_made_up_for_by_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
