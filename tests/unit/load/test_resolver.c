/* SPDX-License-Identifier: MIT */
/* The process that looks up names: its answers, and that a call which fails makes none up */
#include "load/resolver.h"

#include <signal.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "policy/group_lookup.h"
#include "tests/unit/faults.h"

static void resolver_end(struct resolver *r)
{
	nsi_closep(&r->sock); /* by which it ends */
	while (waitpid(-1, NULL, 0) > 0)
		;
}

TEST(test_groups_are_found_or_not)
{
	struct resolver r;
	struct nsi_fail f = {""};
	char longest[2000];
	gid_t gid = 7;

	if (geteuid() != 0)
		skip();
	memset(longest, 'g', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(resolver_start(&r, &f), 0);
	assert_int_equal(r.names.find_group(r.names.arg, "root", &gid), 0);
	assert_int_equal(gid, 0);
	assert_int_equal(r.names.find_group(r.names.arg, "nsi-test-none", &gid), GROUPS_UNKNOWN);
	assert_int_equal(r.names.find_group(r.names.arg, "", &gid), GROUPS_UNKNOWN);
	assert_int_equal(r.names.find_group(r.names.arg, longest, &gid), GROUPS_UNKNOWN);
	resolver_end(&r);
	assert_int_equal(r.names.find_group(r.names.arg, "root", &gid), -EIO);
}

TEST(test_an_account_is_the_same_by_its_number)
{
	bool is_same = false;

	if (geteuid() != 0)
		skip();
	assert_true(account_is_same("alice", "alice", 4711));
	for (unsigned i = 0; i < 20 && !is_same;
	     i++) /* it waits for a second, which may be too short here */
		is_same = account_is_same("root", "another name of root", 0);
	assert_true(is_same);
	assert_false(account_is_same("nsi-test-none", "root", 0));
	assert_false(account_is_same("daemon", "root", 0));
}

static void look_up(struct faults *f)
{
	struct resolver r;
	struct nsi_fail fail = {""};
	gid_t gid = 7;
	int found, started;

	(void)signal(SIGPIPE, SIG_IGN);
	faults_begin(f);
	started = resolver_start(&r, &fail);
	found = started < 0 ? started : r.names.find_group(r.names.arg, "root", &gid);
	faults_end(f);
	faults_check(started == 0 || fail.what[0], "%d without a sentence", started);
	faults_check(found < 0 || f->shared->error == ENOENT || found == 0,
		     "the group of root is unknown");
	faults_check(found != 0 || gid == 0, "it has the number %u", gid);
	resolver_end(&r);
}

static void compare_accounts(struct faults *f)
{
	bool is_same;

	faults_begin(f);
	is_same = account_is_same("daemon", "root", 0);
	faults_end(f);
	faults_check(!is_same, "another account is taken for the same");
	while (waitpid(-1, NULL, 0) > 0)
		;
	f->fds++; /* of a child that was killed and had not ended */
}

TEST(test_a_call_that_fails_makes_no_answer_up)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(look_up, NULL, 71);
	faults_sweep(compare_accounts, NULL, 71);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups_are_found_or_not),
		cmocka_unit_test(test_an_account_is_the_same_by_its_number),
		cmocka_unit_test(test_a_call_that_fails_makes_no_answer_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
