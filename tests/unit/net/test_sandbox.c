/* SPDX-License-Identifier: MIT */
/* The namespaces for a session's own network while a system call fails: whole, or refused with a sentence */
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "net/user.h"
#include "tests/unit/faults.h"

static int type_of(int ns)
{
	return ns < 0 ? -1 : ioctl(ns, NS_GET_NSTYPE);
}

static void make(struct faults *f)
{
	struct net_sandbox p = SANDBOX_NONE;
	struct nsi_fail fail = {""};
	int user, net, r;

	(void)signal(SIGPIPE, SIG_IGN); /* as children of the helper's have it */
	faults_begin(f);
	r = sandbox_make(&p, &fail);
	user = p.user_ns;
	net = p.net_ns;
	faults_end(f);
	faults_check(f->shared->failed != -1 || r == 0, "without a fault: %s", fail.what);
	faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
	faults_check(r < 0 || (type_of(user) == CLONE_NEWUSER && type_of(net) == CLONE_NEWNET),
		     "it lacks a namespace");
	f->shared->is_on = 1;
	sandbox_done(&p);
	faults_end(f);
	faults_check(f->shared->failed == SYS_waitid ||
			     (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD),
		     "its process is left");
}

TEST(test_a_network_of_the_users_own_is_whole_or_refused)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(make, NULL, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_network_of_the_users_own_is_whole_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
