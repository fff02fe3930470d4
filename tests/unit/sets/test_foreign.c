/* SPDX-License-Identifier: MIT */
/* The look for the processes of a set when a system call fails: one is found, or the look is not whole */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/proc.h"
#include "sets/members.h"
#include "tests/unit/faults_system.h"

#define OF_SET \
	"/run/set" /* a file system of the set's own is mounted here, in its mount namespace */

enum {
	USER = 1000
};

/* Who is to be found: nobody; a process, or only one thread of it; or one in a namespace that the user made. */
enum member {
	MEMBER_NONE,
	MEMBER_PROCESS,
	MEMBER_THREAD,
	MEMBER_FOREIGN,
};

struct look {
	enum member member;
	int signal;
};

static int ready[2];

static void tell(bool is_right)
{
	if (write(ready[1], is_right ? "y" : "n", 1) != 1)
		_exit(1);
	for (;;)
		(void)pause();
}

static void hear(void)
{
	char c = 'n';

	faults_check(read(ready[0], &c, 1) == 1 && c == 'y', "a process is not in place");
}

static void be_anchor(void)
{
	tell(unshare(CLONE_NEWNS) == 0 && mount("set", OF_SET, "tmpfs", 0, NULL) == 0);
}

static bool enter(int anchor)
{
	return setns(anchor, CLONE_NEWNS) == 0;
}

static void *enter_alone(void *arg)
{
	tell(unshare(CLONE_FS) == 0 && enter(*(int *)arg));
	return NULL;
}

static void be_member(enum member member, int anchor)
{
	pthread_t thread;

	if (member == MEMBER_THREAD && pthread_create(&thread, NULL, enter_alone, &anchor) == 0)
		for (;;)
			(void)pause();
	if (member == MEMBER_PROCESS)
		tell(enter(anchor));
	tell(enter(anchor) && setresuid(USER, USER, USER) == 0 &&
	     unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
}

static pid_t start_anchor(void)
{
	pid_t pid = fork();

	if (pid == 0)
		be_anchor();
	hear();
	return pid;
}

static pid_t start_member(enum member member, pid_t anchor)
{
	int pidfd = (int)syscall(SYS_pidfd_open, anchor, 0);
	pid_t pid = member == MEMBER_NONE ? 0 : fork();

	if (pid == 0 && member != MEMBER_NONE)
		be_member(member, pidfd);
	if (member != MEMBER_NONE)
		hear();
	(void)close(pidfd);
	return pid;
}

/* The set of which @anchor is the anchor. */
static struct set_facts facts_of(pid_t anchor, uint64_t *ret_dev)
{
	struct set_facts facts = {
		.types = ns_bit(NS_MNT), .user_count = 1, .users = {USER}, .mnt_id = 1};
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/root" OF_SET, (int)anchor);
	faults_check(proc_namespaces(anchor, &facts.ns) == 0 && stat(path, &st) == 0, "no set");
	*ret_dev = st.st_dev;
	return facts;
}

/* @options: WNOHANG, to look, or 0, to wait for it. */
static bool has_ended(pid_t pid, int options)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | options) < 0 ||
	       info.si_pid == pid;
}

static void check(const struct faults *f, const struct look *l, const struct members_target *t,
		  bool is_partial)
{
	const bool is_sure = f->shared->error == EIO || f->shared->failed == -1;

	if (l->member == MEMBER_NONE)
		faults_check(t->members == 0, "somebody was found");
	else if (is_sure) /* other errors say that a process has ended */
		faults_check(t->members > 0 || is_partial,
			     "nobody was found, and the look says that it was whole");
}

static void look(struct faults *f)
{
	const struct look *l = f->arg;
	struct members_target target = {.statedir = "/run/none", .signal = l->signal};
	struct members_known known = {.count = 1};
	struct set_facts facts;
	pid_t member, bystander;
	bool is_partial = false;
	struct stat own;

	faults_check(pipe2(ready, O_CLOEXEC) == 0 && mkdir(OF_SET, 0755) == 0 &&
			     stat("/proc/self/ns/mnt", &own) == 0,
		     "no set");
	known.mnt = &(uint64_t){own.st_ino};
	target.anchor_pid = start_anchor();
	member = start_member(l->member, target.anchor_pid);
	bystander = fork();
	if (bystander == 0)
		tell(true);
	hear();
	facts = facts_of(target.anchor_pid, &target.devs[0]);
	target.rec = &facts;
	target.dev_count = 1;
	faults_begin(f);
	members_pin(&target);
	(void)members_look(&target, 1, &known, 0, 0, UINT64_MAX, &is_partial);
	members_unpin(&target);
	faults_end(f);
	check(f, l, &target, is_partial);
	if (member && l->signal && f->shared->failed == -1)
		faults_check(has_ended(member, 0), "it got no signal");
	faults_check(!has_ended(bystander, WNOHANG), "a process got a signal that is in no set");
	faults_check_fds(f);
}

static void run(struct faults *f)
{
	faults_in_system(f, look);
}

static void sweep(enum member member, int signal)
{
	struct look l = {member, signal};

	if (geteuid() != 0)
		skip();
	faults_sweep(run, &l, 7);
}

TEST(test_nobody_is_found_where_nobody_is)
{
	sweep(MEMBER_NONE, SIGKILL);
}

TEST(test_a_process_is_found_or_the_look_is_not_whole)
{
	sweep(MEMBER_PROCESS, 0);
}

TEST(test_a_signal_is_for_nobody_else)
{
	sweep(MEMBER_PROCESS, SIGKILL);
}

TEST(test_a_thread_is_found_or_the_look_is_not_whole)
{
	sweep(MEMBER_THREAD, 0);
}

TEST(test_a_namespace_of_the_user_is_found_or_the_look_is_not_whole)
{
	sweep(MEMBER_FOREIGN, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_is_found_where_nobody_is),
		cmocka_unit_test(test_a_process_is_found_or_the_look_is_not_whole),
		cmocka_unit_test(test_a_signal_is_for_nobody_else),
		cmocka_unit_test(test_a_thread_is_found_or_the_look_is_not_whole),
		cmocka_unit_test(test_a_namespace_of_the_user_is_found_or_the_look_is_not_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
