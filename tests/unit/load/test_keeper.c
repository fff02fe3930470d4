/* SPDX-License-Identifier: MIT */
/* The kept copy of the policy while a system call fails: it is whole, or the one before, or it is logged that there is none */
#include "policy/kept.h"
#include "tests/unit/faults.h"
#include "tests/unit/load/policy_files.h"
#include "tests/unit/logged.h"

/* Whether the copy is there and holds the policy that is in the files. */
static bool is_kept(const struct fixture *x, const char *name)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	uint64_t since;

	return kept_load(&x->loader.sources, &image, &since) >= 0 && image &&
	       strcmp(policy_str(image, policy_get(image, 0)->name), name) == 0;
}

/* The loop goes on until the child has ended. */
static void wait_for_keeper(struct loop *l)
{
	struct fixture *x = loop_owner(l, struct fixture, loop);

	if (!work_is_busy(&x->loader.keeper))
		l->stop = true;
}

static void keep(struct faults *f)
{
	struct fixture *x = f->arg;
	struct logged logged;
	const char *log;
	int r = 0;

	(void)nftw(scratch_path(&x->s, 0, "state/" KEPT_DIR), scratch_remove, 16,
		   FTW_DEPTH | FTW_PHYS);
	logged_begin(&logged);
	faults_begin(f);
	keeper_start(&x->loader);
	x->loop.stop = !work_is_busy(&x->loader.keeper);
	if (!x->loop.stop)
		r = loop_run(&x->loop, wait_for_keeper);
	faults_end(f);
	end_work(&x->loader.keeper);
	log = logged_end(&logged);
	f->fds -= 2; /* the log has two */
	if (r < 0)
		return; /* the helper ends */
	if (f->shared->failed == SYS_write || f->shared->failed == SYS_lseek)
		return; /* it may be the log's */
	faults_check(f->shared->failed != -1 || is_kept(x, "first"), "without a fault: %s", log);
	faults_check(is_kept(x, "first") || strstr(log, "<4>"),
		     "it is not kept, and nobody is told: %s", log);
}

static int begin(void **state)
{
	struct fixture *x;

	if (set_up(state) < 0)
		return -1;
	x = *state;
	if (chmod(x->host.statedir, 0700) < 0)
		return -1;
	return scratch_write(&x->s, "test.conf", POLICY("first"));
}

TEST(test_a_policy_is_kept_or_it_is_logged_why_not)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(keep, *state, 29);
}

static void keep_refused(void *arg)
{
	struct fixture *x = arg;
	struct logged logged;
	const char *log;

	faults_refuse(SYS_capset, EPERM);
	logged_begin(&logged);
	keeper_start(&x->loader);
	x->loop.stop = false;
	faults_check(loop_run(&x->loop, wait_for_keeper) == 0, "it does not end");
	log = logged_end(&logged);
	faults_check(
		strstr(log,
		       "the policy cannot be kept for a later start of the helper: cannot reduce "
		       "capabilities"),
		"it is not told: %s", log);
	faults_check(!is_kept(x, "first"), "it is kept all the same");
}

TEST(test_a_child_that_keeps_its_capabilities_keeps_no_policy)
{
	if (geteuid() != 0)
		skip();
	faults_apart(keep_refused, *state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_policy_is_kept_or_it_is_logged_why_not),
		CASE(test_a_child_that_keeps_its_capabilities_keeps_no_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
