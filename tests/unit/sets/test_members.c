/* SPDX-License-Identifier: MIT */
/* The members of a set that is known by numbers alone: kernels before 6.18, with the call of 6.11 and without */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ns/ns.h"
#include "sets/all.h"
#include "sets/members.h"
#include "sets/set.h"
#include "tests/unit/process.h"
#include "tests/unit/test.h"

#ifndef NS_GET_MNTNS_ID
#define NS_GET_MNTNS_ID _IOR(0xb7, 0x5, uint64_t)
#endif

static uint64_t given; /* the number of every mount namespace; 0: the kernel has none */

/* The namespaces are the host's, of which no user is the owner. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;

	(void)fd;
	errno = request == NS_GET_MNTNS_ID ? ENOTTY : EPERM;
	if (request != NS_GET_MNTNS_ID || given == 0)
		return -1;
	va_start(ap, request);
	*va_arg(ap, uint64_t *) = given;
	va_end(ap);
	return 0;
}

/* As before Linux 6.18. */
int name_to_handle_at(int dir, const char *name, struct file_handle *handle, int *mount, int flags)
{
	(void)dir, (void)name, (void)handle, (void)mount, (void)flags;
	errno = EOPNOTSUPP;
	return -1;
}

/* A process in this mount namespace, whose inode is that of the set's. */
static pid_t start_process(void)
{
	pid_t pid = process_start();

	assert_true(pid > 0);
	return pid;
}

static bool end_was_by(pid_t pid, int signal)
{
	int status = 0;

	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

static struct set_facts facts_of(uint64_t mnt_id)
{
	struct set_facts facts = {.types = ns_bit(NS_MNT), .mnt_id = mnt_id};

	assert_int_equal(ns_inode_read(AT_FDCWD, "/proc/self/ns/mnt", &facts.ns.ino[NS_MNT]), 0);
	return facts;
}

/* Looks at @pid for a set with the number @mnt_id, and kills what is in it.  Returns the count of members. */
static unsigned look_at(pid_t pid, uint64_t mnt_id, bool *ret_partial)
{
	const struct set_facts facts = facts_of(mnt_id);
	const struct members_known known = {0};
	struct members_target target = {.rec = &facts, .signal = SIGKILL};

	members_pin(&target);
	assert_int_equal(target.pins[NS_MNT], -EOPNOTSUPP);
	assert_true(target.ns.ino[NS_MNT] == facts.ns.ino[NS_MNT]);
	members_look_at(&target, 1, &known, &pid, 1, ret_partial);
	members_unpin(&target);
	return target.members;
}

TEST(test_a_process_in_the_namespace_with_the_sets_number_gets_the_signal)
{
	pid_t pid = start_process();
	bool is_partial;

	given = 4711;
	assert_int_equal(look_at(pid, 4711, &is_partial), 1);
	assert_false(is_partial);
	assert_true(end_was_by(pid, SIGKILL));
}

TEST(test_a_later_namespace_with_the_sets_inode_is_no_members)
{
	pid_t pid = start_process();
	bool is_partial;

	given = 4712;
	assert_int_equal(look_at(pid, 4711, &is_partial), 0);
	assert_false(is_partial);
	assert_true(end_was_by(pid, SIGTERM));
}

/* By inode it is counted, so that the set does not end; without a sentinel that it sees it gets no signal. */
TEST(test_before_6_11_a_process_is_counted_and_left_alone)
{
	pid_t pid = start_process();
	bool is_partial;

	given = 0;
	assert_int_equal(look_at(pid, 0, &is_partial), 1);
	assert_true(end_was_by(pid, SIGTERM));
}

TEST(test_a_number_that_cannot_be_read_leaves_a_doubt)
{
	pid_t pid = start_process();
	bool is_partial;

	given = 0;
	assert_int_equal(look_at(pid, 4711, &is_partial), 0);
	assert_true(is_partial);
	assert_true(end_was_by(pid, SIGTERM));
}

/* Of a login, too: the set that it comes from is told by the number. */
TEST(test_a_login_from_a_later_namespace_does_not_come_from_the_set)
{
	static struct sets sets;
	static struct set set;

	set = (struct set){.sets = &sets, .anchor = {.pidfd = -EBADF}, .rec = facts_of(4711)};
	LIST_INSERT_HEAD(&sets.all, &set, link);
	given = 4711;
	assert_true(sentinel_confirms(&set, getpid()));
	given = 4712;
	assert_false(sentinel_confirms(&set, getpid()));
	given = 0;
	assert_false(sentinel_confirms(&set, getpid()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_a_process_in_the_namespace_with_the_sets_number_gets_the_signal),
		cmocka_unit_test(test_a_later_namespace_with_the_sets_inode_is_no_members),
		cmocka_unit_test(test_before_6_11_a_process_is_counted_and_left_alone),
		cmocka_unit_test(test_a_number_that_cannot_be_read_leaves_a_doubt),
		cmocka_unit_test(test_a_login_from_a_later_namespace_does_not_come_from_the_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
