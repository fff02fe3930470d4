/* SPDX-License-Identifier: MIT */
/* The process at the other end of a connection: who it is, and from where it may not log in */
#include "serve/caller.h"

#include <fcntl.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "ns/ns.h"
#include "policy/image.h"
#include "tests/unit/process.h"
#include "tests/unit/serve/open_step.h"

static struct nsi_fail why;

/* A process that has ended, as a pidfd knows it. */
static int open_ended(void)
{
	pid_t pid = process_start();
	int pidfd;

	assert_true(pid > 0);
	pidfd = (int)pidfd_open(pid, 0);
	assert_true(pidfd >= 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return pidfd;
}

/* This process is the caller; the helper is where it is. */
static void be_the_caller(void)
{
	struct host *host = &x.sets.host;

	why = (struct nsi_fail){""};
	x.call->peer = (int)pidfd_open(getpid(), 0);
	assert_true(x.call->peer >= 0);
	assert_int_equal(ns_inode_read(AT_FDCWD, "/proc/self/ns/user", &host->ns.ino[NS_USER]), 0);
	assert_int_equal(ns_inode_read(AT_FDCWD, "/proc/self/ns/mnt", &host->ns.ino[NS_MNT]), 0);
	assert_int_equal(ns_inode_read(AT_FDCWD, "/proc/self/ns/pid", &host->ns.ino[NS_PID]), 0);
	assert_int_equal(
		statx(AT_FDCWD, "/proc/self/root", 0, STATX_INO | STATX_MNT_ID, &host->root), 0);
}

/* The number of the caller is this process's by now. */
static void have_the_caller_ended(void)
{
	nsi_closep(&x.call->peer);
	x.call->peer = open_ended();
}

static void said(const char *text)
{
	if (!strstr(why.what, text))
		fail_msg("it says \"%s\", not \"%s\"", why.what, text);
}

TEST(test_root_is_heard_and_nobody_else)
{
	int pair[2];

	x.call->pid = 0;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	if (geteuid() == 0) {
		assert_int_equal(caller_take(x.call, pair[0]), 0);
		assert_int_equal(x.call->pid, getpid());
		assert_true(x.call->peer >= 0);
	} else {
		assert_int_equal(caller_take(x.call, pair[0]), -EPERM);
		assert_true(x.call->peer < 0);
	}
	(void)close(pair[0]);
	(void)close(pair[1]);
}

TEST(test_another_user_is_not_heard_by_a_helper_of_root)
{
	int pair[2];

	if (geteuid() != 0)
		skip();
	assert_int_equal(seteuid(1000), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(caller_take(x.call, pair[0]), -EPERM);
	assert_true(x.call->peer < 0);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

TEST(test_a_caller_in_the_helpers_user_namespace_is_root)
{
	const union nsi_message m = {.h = wire_header(NSI_OPEN)};

	be_the_caller();
	assert_int_equal(caller_check_user(x.call, &m, &why), 0);
	x.sets.host.ns.ino[NS_USER]++;
	assert_int_equal(caller_check_user(x.call, &m, &why), -EPERM);
	said("from within another user namespace");
}

/* The files below /proc/PID are another process's then. */
TEST(test_the_number_of_a_caller_that_has_ended_proves_nothing)
{
	const union nsi_message m = {.h = wire_header(NSI_OPEN)};
	const struct ns_inodes from = {{0}};

	be_the_caller();
	have_the_caller_ended();
	assert_int_equal(caller_check_user(x.call, &m, &why), -ESRCH);
	said("the calling process has ended");
	why = (struct nsi_fail){""};
	assert_int_equal(caller_check_root(x.call, &from, &why), -ESRCH);
	said("the calling process has ended");
	why = (struct nsi_fail){""};
	assert_int_equal(job_read_groups(x.call, &why), -ESRCH);
	said("cannot read the control groups of process");
	assert_null(x.call->cgroups);
}

TEST(test_the_root_directory_is_compared_with_the_helpers)
{
	const struct ns_inodes from = {{0}};

	be_the_caller();
	assert_int_equal(caller_check_root(x.call, &from, &why), 0);
	x.sets.host.root.stx_ino++; /* in a chroot "/" is shown as well */
	assert_int_equal(caller_check_root(x.call, &from, &why), -ENOTSUP);
	said("its process is in a chroot (/), which entering namespaces would lift: log in from "
	     "outside of it");
}

/* A process in a chroot; it waits until it is killed. */
static pid_t start_in_chroot(const char *dir)
{
	int ready[2];
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (chroot(dir) < 0 || chdir("/") < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	assert_true(pid > 0);
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	return pid;
}

TEST(test_a_caller_in_a_chroot_is_told_of_it)
{
	const struct set_record rec = {.id = 1, .types = ns_bit(NS_MNT)};
	const struct ns_inodes from = {{0}};
	struct scratch s;
	struct set *set;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	be_the_caller();
	assert_int_equal(scratch_make(&s), 0);
	pid = start_in_chroot(s.top);
	x.call->pid = pid;
	nsi_closep(&x.call->peer);
	x.call->peer = (int)pidfd_open(pid, 0);
	set = adopt(&rec);
	set->anchor.pid = getpid();
	set->anchor.pidfd = (int)pidfd_open(getpid(), 0);
	assert_int_equal(caller_check_root(x.call, &from, &why), -ENOTSUP);
	said(s.top);
	assert_false(caller_is_at_root_of(x.call, set));
	nsi_closep(&set->anchor.pidfd);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	scratch_done(&s);
}

TEST(test_who_is_at_the_root_of_a_set)
{
	const struct set_record rec = {.id = 1, .types = ns_bit(NS_MNT)};
	struct set *set = adopt(&rec);

	be_the_caller();
	assert_false(caller_is_at_root_of(x.call, set)); /* it has no anchor to compare with */
	set->anchor.pid = getpid();
	set->anchor.pidfd = (int)pidfd_open(getpid(), 0);
	assert_true(caller_is_at_root_of(x.call, set));
	set->rec.types = ns_bit(NS_IPC); /* its mounts are the host's */
	assert_false(caller_is_at_root_of(x.call, set));
	set->rec.types = ns_bit(NS_MNT);
	have_the_caller_ended();
	assert_false(caller_is_at_root_of(x.call, set));
	nsi_closep(&set->anchor.pidfd);
}

/* It stays where it is: its own sessions there are in nobody's way. */
TEST(test_who_stays_is_refused_beside_another_users_session)
{
	const struct set_record rec = {
		.id = 4}; /* of no namespace: this process is in all of them */
	struct session session = {.sets = &x.sets, .rec = {.uid = 1000, .pid = getpid()}};

	be_the_caller();
	session.set = adopt(&rec);
	index_add_session(&x.sets.index, &session);
	assert_int_equal(caller_check_sessions(x.call, NULL, true, &why), 0);
	assert_int_equal(caller_check_sessions(x.call, NULL, false, &why), -EBUSY);
	why = (struct nsi_fail){""};
	session.rec.uid = 1001;
	assert_int_equal(caller_check_sessions(x.call, NULL, true, &why), -EBUSY);
	said("has a session of uid 1001 open in set 4, and a process can be in one set at a time");
	index_remove_session(&session);
}

TEST(test_a_pid_namespace_is_left_by_nobody)
{
	uint64_t own;

	be_the_caller();
	own = x.sets.host.ns.ino[NS_PID];
	assert_int_equal(caller_is_nested(x.call, 0), NESTED_NOT);
	x.sets.host.ns.ino[NS_PID] = own + 1;
	assert_int_equal(caller_is_nested(x.call, 0), NESTED_SIBLING);
	assert_int_equal(caller_is_nested(x.call, own + 2), NESTED_SIBLING);
	assert_int_equal(caller_is_nested(x.call, own), NESTED_NOT); /* it is in that one */
}

static int find_job(const char *cgroups)
{
	const struct pol_image *image = x.sets.loader.image;

	why = (struct nsi_fail){""};
	free(x.call->cgroups);
	x.call->cgroups = cgroups ? strdup(cgroups) : NULL;
	x.call->job.id = 1;
	return job_of_call(x.call, image, &x.o.policy, &why);
}

TEST(test_a_job_that_cannot_be_had_is_told)
{
	policy("namespaces = [ \"ipc\" ]; scope = \"job\"; "
	       "job = { cgroup = \"/nsi-test-none/job_%{job}\"; };",
	       "{ policy = \"p\"; }");
	x.o.policy = *policy_get(x.sets.loader.image, 0);
	assert_int_equal(find_job(NULL), -EAGAIN);
	said("the policy has changed during this login; try again");
	assert_int_equal(find_job("0::/user.slice\n"), -EAGAIN);
	assert_int_equal(x.call->job.id, 0);
	assert_int_equal(find_job("0::/nsi-test-none/job_12/step_0\n"), -ENOENT);
	said("of job 12: is the hierarchy mounted where the helper runs?");
	assert_int_equal(x.call->job.id, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_root_is_heard_and_nobody_else),
		CASE(test_another_user_is_not_heard_by_a_helper_of_root),
		CASE(test_a_caller_in_the_helpers_user_namespace_is_root),
		CASE(test_the_number_of_a_caller_that_has_ended_proves_nothing),
		CASE(test_the_root_directory_is_compared_with_the_helpers),
		CASE(test_a_caller_in_a_chroot_is_told_of_it),
		CASE(test_who_is_at_the_root_of_a_set),
		CASE(test_who_stays_is_refused_beside_another_users_session),
		CASE(test_a_pid_namespace_is_left_by_nobody),
		CASE(test_a_job_that_cannot_be_had_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
