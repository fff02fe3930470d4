/* SPDX-License-Identifier: MIT */
/* The spare anchor: for which sets one is made, and when it is dropped instead of given away */
#include "sets/spare.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/utsname.h>

#include "policy/image.h"
#include "setup/setup.h"
#include "tests/unit/idle_sets.h"
#include "tests/unit/process.h"
#include "tests/unit/test.h"

static struct sets sets;
static struct pol_policy policy;
static struct setup_plan plan;
static int stands_in; /* a pidfd of the process that stands for the spare */

static int begin(void **state)
{
	(void)state;
	policy = (struct pol_policy){.types = ns_bit(NS_IPC), .scope = POL_SCOPE_USER};
	plan = (struct setup_plan){
		.policy = &policy, .user = "alice", .home = "/home/alice", .service = "sshd"};
	stands_in = -EBADF;
	if (idle_sets_make(&sets, "/run/none", -EBADF, -EBADF) < 0)
		return -1;
	spare_init(&sets.spare, &sets);
	return 0;
}

static int end(void **state)
{
	(void)state;
	sets.stopping = true; /* no other is made */
	spare_drop(&sets.spare);
	loop_disarm(&sets.loop, &sets.spare.timer);
	nsi_closep(&stands_in);
	idle_sets_done(&sets);
	return 0;
}

static bool is_made_soon(void)
{
	bool is_due = sets.spare.timer.due_us > 0;

	loop_disarm(&sets.loop, &sets.spare.timer);
	return is_due;
}

static bool is_there(void)
{
	return sets.spare.anchor.pidfd >= 0;
}

/* A spare for sets of @plan that has waited for a while; it hears of no plan. */
static void have_spare(void)
{
	struct spare *s = &sets.spare;
	pid_t pid;

	spare_want(s, &plan);
	assert_true(is_made_soon());
	pid = process_start();
	assert_true(pid > 0);
	s->anchor.pid = pid;
	s->anchor.pidfd = (int)pidfd_open(pid, 0);
	stands_in = dup(s->anchor.pidfd);
	s->mounts.fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	assert_true(stands_in >= 0 && s->mounts.fd >= 0);
	assert_int_equal(uname(&s->host), 0);
}

/* Waits for the end of the process. */
static void has_ended(void)
{
	struct pollfd p = {.fd = stands_in, .events = POLLIN};

	assert_int_equal(poll(&p, 1, -1), 1);
}

static bool take(void)
{
	struct anchor anchor = {.pidfd = -EBADF};
	uint64_t start = 0;

	return spare_take(&sets.spare, &plan, &anchor, &start);
}

TEST(test_one_is_made_once_a_set_was_built)
{
	assert_false(take());
	assert_false(is_made_soon());
	spare_want(&sets.spare, &plan);
	assert_true(is_made_soon());
}

/* It takes settings from the host that nobody sees change. */
TEST(test_none_is_made_for_a_set_with_a_network)
{
	policy.types |= ns_bit(NS_NET);
	spare_want(&sets.spare, &plan);
	assert_false(is_made_soon());
}

TEST(test_none_is_made_by_a_helper_that_stops)
{
	sets.stopping = true;
	spare_want(&sets.spare, &plan);
	assert_false(is_made_soon());
}

TEST(test_one_of_other_namespaces_is_not_given_away)
{
	have_spare();
	policy.types |= ns_bit(NS_UTS);
	assert_false(take());
	assert_true(is_there()); /* for a set like the last one */
}

TEST(test_one_is_dropped_if_sets_are_of_other_namespaces_by_now)
{
	have_spare();
	policy.types |= ns_bit(NS_UTS);
	spare_want(&sets.spare, &plan);
	has_ended();
	assert_false(is_there());
	assert_true(is_made_soon());
	assert_int_equal(sets.spare.types, ns_bit(NS_IPC) | ns_bit(NS_UTS));
}

/* A set is the same whether a spare was used or not. */
TEST(test_one_that_knows_the_host_by_another_name_is_dropped)
{
	have_spare();
	sets.spare.host.nodename[0] ^= 1;
	assert_false(take());
	has_ended();
	assert_false(is_there());
	assert_true(is_made_soon());
}

TEST(test_one_that_cannot_be_told_its_plan_is_dropped)
{
	have_spare(); /* which has no socket */
	assert_false(take());
	has_ended();
	assert_false(is_there());
	assert_true(is_made_soon());
}

TEST(test_one_that_was_killed_is_replaced)
{
	have_spare();
	assert_int_equal(kill(sets.spare.anchor.pid, SIGKILL), 0);
	has_ended();
	sets.spare.process.ready(&sets.spare.process);
	assert_false(is_there());
	assert_true(is_made_soon());
}

TEST(test_one_is_dropped_with_the_policy)
{
	have_spare();
	spare_drop(&sets.spare);
	has_ended();
	assert_false(is_there());
	assert_true(is_made_soon());
	spare_drop(&sets.spare); /* there is none any more */
	assert_false(is_made_soon());
}

TEST(test_none_is_made_without_a_policy)
{
	spare_want(&sets.spare, &plan);
	assert_true(is_made_soon());
	sets.spare.timer.fire(&sets.spare.timer);
	assert_false(is_there());
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_one_is_made_once_a_set_was_built),
		CASE(test_none_is_made_for_a_set_with_a_network),
		CASE(test_none_is_made_by_a_helper_that_stops),
		CASE(test_one_of_other_namespaces_is_not_given_away),
		CASE(test_one_is_dropped_if_sets_are_of_other_namespaces_by_now),
		CASE(test_one_that_knows_the_host_by_another_name_is_dropped),
		CASE(test_one_that_cannot_be_told_its_plan_is_dropped),
		CASE(test_one_that_was_killed_is_replaced),
		CASE(test_one_is_dropped_with_the_policy),
		CASE(test_none_is_made_without_a_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
