/* SPDX-License-Identifier: MIT */
/* The sentinel of a set: it is there, or the policy hides its place, or the set is refused */
#include <fcntl.h>
#include <sys/stat.h>

#include "host/host.h"
#include "setup/parts.h"
#include "setup/setup.h"
#include "state/record.h"
#include "tests/unit/faults.h"

#define RUNDIR "/run/nsisolate"
#define PLACE  RUNDIR "/" RECORD_SENTINEL

static struct setup_report report;

static int make_one(void)
{
	static const struct host host = {.rundir = RUNDIR};
	const struct setup_plan plan = {.host = &host};

	report = (struct setup_report){.err = 0};
	return setup_sentinel(&plan, &report);
}

/* A /run of the test's own, with the place of sentinels. */
static void make_place(void)
{
	umask(0);
	faults_check(unshare(CLONE_NEWNS) == 0 &&
			     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
			     mount("run", "/run", "tmpfs", 0, "mode=0755") == 0 &&
			     mkdir(RUNDIR, 0700) == 0 && mkdir(PLACE, 0700) == 0,
		     "no place: %s", strerror(errno));
}

static bool is_there(void)
{
	struct stat st;

	return stat(PLACE, &st) == 0 && st.st_dev == report.end.sentinel_dev &&
	       report.end.sentinel_blocks > 0;
}

static void make_while_hidden(void *arg)
{
	static const char *const hiding[] = {"none", "file", "link", "users"};

	(void)arg;
	for (unsigned i = 0; i < sizeof(hiding) / sizeof(hiding[0]); i++) {
		make_place();
		faults_check(rmdir(PLACE) == 0 && rmdir(RUNDIR) == 0, "it is in use");
		if (hiding[i][0] == 'f')
			(void)close(open(RUNDIR, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
		if (hiding[i][0] == 'l')
			faults_check(symlink("/tmp", RUNDIR) == 0, "no link");
		if (hiding[i][0] == 'u')
			faults_check(mkdir(RUNDIR, 0755) == 0 && chown(RUNDIR, 1000, 1000) == 0,
				     "no directory of a user's");
		faults_check(make_one() == 0 && report.end.sentinel_dev == 0, "%s: %s", hiding[i],
			     report.fail.what);
	}
}

TEST(test_a_set_whose_policy_hides_the_place_has_none)
{
	if (geteuid() != 0)
		skip();
	faults_apart(make_while_hidden, NULL);
}

static void make(struct faults *f)
{
	int r;

	make_place();
	if (f->arg)
		setup_stock_sentinel();
	faults_begin(f);
	r = make_one();
	faults_end(f);
	faults_check(r == 0 || report.fail.what[0], "%d without a sentence", r);
	if (f->shared->error == ENOENT && f->shared->failed != -1)
		return; /* it says that the place is hidden */
	faults_check(r < 0 || is_there(), "the set has none, and nobody knows");
	f->fds -= f->arg != NULL; /* the one in stock is mounted, or has been closed */
}

TEST(test_a_place_that_cannot_be_opened_is_not_taken_for_hidden)
{
	static int in_stock = 1;

	if (geteuid() != 0)
		skip();
	faults_sweep(make, NULL, 3);
	faults_sweep(make, &in_stock, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_set_whose_policy_hides_the_place_has_none),
		cmocka_unit_test(test_a_place_that_cannot_be_opened_is_not_taken_for_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
