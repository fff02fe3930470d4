/* SPDX-License-Identifier: MIT */
/* Capabilities while a system call fails: a process has no more than its stage, or it is told that it has */
#include "priv/priv.h"

#include <sys/capability.h>

#include "base/fail.h"
#include "tests/unit/faults.h"

static bool has(cap_value_t value, cap_flag_t flag)
{
	cap_t now = cap_get_proc();
	cap_flag_value_t is = CAP_CLEAR;

	faults_check(now && cap_get_flag(now, value, flag, &is) == 0, "no capabilities to see");
	(void)cap_free(now);
	return is == CAP_SET;
}

static unsigned count(cap_flag_t flag)
{
	unsigned n = 0;

	for (cap_value_t c = 0; c < cap_max_bits(); c++)
		n += has(c, flag);
	return n;
}

static unsigned count_bounding(void)
{
	unsigned n = 0;

	for (cap_value_t c = 0; c < cap_max_bits(); c++)
		n += cap_get_bound(c) > 0;
	return n;
}

static void begin_helper(struct faults *f)
{
	const bool had_admin = has(CAP_SYS_ADMIN, CAP_PERMITTED);
	struct nsi_fail fail = {""};
	int r;

	faults_begin(f);
	r = priv_init(&fail);
	faults_end(f);
	faults_check(f->shared->failed != -1 || r == 0, "without a fault: %s", fail.what);
	faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
	if (r < 0)
		return;
	faults_check(count_bounding() == 0, "the bounding set is not empty");
	faults_check(count(CAP_EFFECTIVE) == 0 && count(CAP_INHERITABLE) == 0,
		     "capabilities are effective or inheritable");
	faults_check(!has(CAP_SYS_MODULE, CAP_PERMITTED), "it may load modules");
	faults_check(prctl(PR_GET_DUMPABLE) == 0, "others may look into it");
	priv_raise();
	faults_check(has(CAP_SYS_ADMIN, CAP_EFFECTIVE) == had_admin, "there is nothing to raise");
	priv_lower();
	faults_check(count(CAP_EFFECTIVE) == 0, "they are not lowered");
}

TEST(test_a_helper_has_what_it_needs_or_does_not_start)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(begin_helper, NULL, 7);
}

/* Most capabilities that a stage may have, permitted. */
static const struct stage {
	enum priv_stage stage;
	unsigned count;
	cap_value_t one;
	bool is_effective;
} stages[] = {
	{PRIV_LOADER, 0, -1, false},
	{PRIV_SCANNER, 4, CAP_KILL, true},
	{PRIV_SWEEPER, 4, CAP_SYS_ADMIN, false},
	{PRIV_ANCHOR, 0, -1, false},
	{PRIV_VISITOR, 6, CAP_SYS_CHROOT, true},
	{PRIV_IMPORTER, 6, CAP_SYS_CHROOT, true},
	{PRIV_RULES, 1, CAP_NET_ADMIN, true},
};

static void become(struct faults *f)
{
	const struct stage *s = f->arg;
	const bool had = s->count > 0 && has(s->one, CAP_PERMITTED);
	struct nsi_fail fail = {""};
	int r;

	faults_begin(f);
	r = priv_become(s->stage, &fail);
	faults_end(f);
	faults_check(f->shared->failed != -1 || r == 0, "without a fault: %s", fail.what);
	faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
	if (r < 0)
		return;
	faults_check(count(CAP_PERMITTED) <= s->count, "%u are permitted", count(CAP_PERMITTED));
	faults_check(count(CAP_INHERITABLE) == 0, "some are inheritable");
	faults_check(!had || (has(s->one, CAP_PERMITTED) &&
			      has(s->one, CAP_EFFECTIVE) == s->is_effective),
		     "it lacks the one that it needs");
	faults_check(s->stage != PRIV_ANCHOR || count_bounding() == 0,
		     "a program could get some of the user namespace");
}

TEST(test_a_stage_has_its_own_or_does_not_begin)
{
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
		faults_sweep(become, (void *)(uintptr_t)&stages[i], 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_helper_has_what_it_needs_or_does_not_start),
		cmocka_unit_test(test_a_stage_has_its_own_or_does_not_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
