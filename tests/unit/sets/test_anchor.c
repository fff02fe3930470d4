/* SPDX-License-Identifier: MIT */
/* The ends of an anchor that the helper has: its report, its plan, its release, and its end */
#include "sets/anchor.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "policy/image.h"
#include "setup/setup.h"
#include "tests/unit/process.h"
#include "tests/unit/test.h"

static struct anchor anchor;
static int other_end;

static int begin(void **state)
{
	int pair[2];
	void *memory;

	(void)state;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	memory = mmap(NULL, sizeof(*anchor.release), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -1;
	anchor = (struct anchor){.pidfd = -EBADF, .socket = pair[0], .release = memory};
	other_end = pair[1];
	return 0;
}

static int end(void **state)
{
	(void)state;
	anchor_done(&anchor);
	nsi_closep(&other_end);
	return 0;
}

/* Whether the other end of the socket is closed, which ends an anchor that is not released. */
static bool is_closed(void)
{
	char byte;

	return recv(other_end, &byte, sizeof(byte), MSG_DONTWAIT) == 0;
}

TEST(test_a_report_comes_whole)
{
	static struct setup_report sent, got;

	sent.err = -EACCES;
	(void)strcpy(sent.fail.what, "the disk is on fire");
	assert_int_equal(anchor_read_report(&anchor, &got), -EAGAIN); /* it works */
	assert_int_equal(write(other_end, &sent, sizeof(sent)), sizeof(sent));
	assert_int_equal(anchor_read_report(&anchor, &got), 0);
	assert_int_equal(got.err, -EACCES);
	assert_string_equal(got.fail.what, "the disk is on fire");
}

/* A damaged one is not read beyond its end. */
TEST(test_texts_of_a_report_end)
{
	static struct setup_report sent, got;

	memset(&sent, 'x', sizeof(sent));
	assert_int_equal(write(other_end, &sent, sizeof(sent)), sizeof(sent));
	assert_int_equal(anchor_read_report(&anchor, &got), 0);
	assert_int_equal(strlen(got.fail.what), sizeof(got.fail.what) - 1);
	assert_int_equal(strlen(got.warnings), sizeof(got.warnings) - 1);
	assert_int_equal(strlen(got.hostname), sizeof(got.hostname) - 1);
	assert_int_equal(strlen(got.netns), sizeof(got.netns) - 1);
}

TEST(test_an_anchor_that_has_died_reports_nothing)
{
	static struct setup_report got;

	assert_int_equal(write(other_end, "x", 1), 1); /* half a report */
	assert_int_equal(anchor_read_report(&anchor, &got), -EPIPE);
	nsi_closep(&other_end);
	assert_int_equal(anchor_read_report(&anchor, &got), -EPIPE);
}

TEST(test_a_spare_anchor_gets_its_plan_whole_or_not_at_all)
{
	static const struct pol_policy policy = {.types = 1};
	static struct setup_order order;
	static char name[NSI_NAME_SIZE + 1];
	struct setup_plan plan = {.policy = &policy,
				  .id = 7,
				  .uid = 1000,
				  .user = "alice",
				  .home = "/home/alice",
				  .service = "sshd"};
	struct setup_plan there;

	assert_int_equal(anchor_order(&anchor, &plan), 0);
	assert_int_equal(recv(other_end, &order, sizeof(order), MSG_DONTWAIT), sizeof(order));
	there = setup_order_unpack(&order, NULL, NULL);
	assert_true(there.id == 7);
	assert_int_equal(there.uid, 1000);
	assert_string_equal(there.user, "alice");
	assert_string_equal(there.home, "/home/alice");
	assert_string_equal(there.service, "sshd");
	assert_int_equal(there.policy->types, 1);
	memset(name, 'a', sizeof(name) - 1);
	plan.user = name;
	assert_int_equal(anchor_order(&anchor, &plan), -ENAMETOOLONG);
	assert_int_equal(recv(other_end, &order, sizeof(order), MSG_DONTWAIT), -1);
	plan.user = "alice";
	nsi_closep(&other_end);
	assert_int_equal(anchor_order(&anchor, &plan), -EPIPE); /* and no signal */
}

/* An anchor that no record names must not go on. */
TEST(test_an_anchor_is_woken_once_it_is_released)
{
	const struct set_record rec = {.id = 7};
	struct anchor_release *seen =
		mremap(anchor.release, 0, sizeof(*seen), MREMAP_MAYMOVE); /* the anchor's view */

	assert_true(seen != MAP_FAILED);
	anchor_wake(&anchor);
	assert_false(is_closed());
	assert_false(seen->is_given);
	anchor_release(&anchor, &rec);
	assert_true(seen->is_given);
	assert_true(seen->rec.id == 7);
	assert_false(is_closed()); /* a login goes first */
	anchor_wake(&anchor);
	assert_true(is_closed());
	anchor_wake(&anchor); /* it is awake */
	assert_int_equal(munmap(seen, sizeof(*seen)), 0);
}

TEST(test_an_anchor_ends_when_it_is_told)
{
	struct pollfd p = {.events = POLLIN};
	pid_t pid = process_start();

	assert_true(pid > 0);
	anchor.pid = pid;
	anchor.pidfd = (int)pidfd_open(pid, 0);
	p.fd = dup(anchor.pidfd);
	anchor_stop(&anchor, SIGTERM);
	assert_int_equal(poll(&p, 1, -1), 1);
	anchor_stop(&anchor, SIGKILL); /* it has ended, which is right */
	anchor_done(&anchor);
	assert_true(is_closed());
	assert_true(anchor.pidfd < 0);
	assert_int_equal(kill(pid, 0), -1); /* it is reaped */
	assert_int_equal(errno, ESRCH);
	anchor_stop(&anchor, SIGKILL); /* there is none */
	(void)close(p.fd);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_report_comes_whole),
		CASE(test_texts_of_a_report_end),
		CASE(test_an_anchor_that_has_died_reports_nothing),
		CASE(test_a_spare_anchor_gets_its_plan_whole_or_not_at_all),
		CASE(test_an_anchor_is_woken_once_it_is_released),
		CASE(test_an_anchor_ends_when_it_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
