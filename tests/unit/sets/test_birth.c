/* SPDX-License-Identifier: MIT */
/* Anchors that do not answer: the login that waits is told, the process goes, and the set ends or is tried again */
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "tests/unit/process.h"
#include "tests/unit/sets/life_set.h"

enum {
	SET_ID = 8
};

/* A process that hangs, and takes no SIGTERM. */
static void start_anchor(void)
{
	pid_t pid = process_start();

	assert_true(pid > 0);
	x.set->anchor.pid = pid;
	x.set->anchor.pidfd = (int)pidfd_open(pid, 0);
	assert_true(x.set->anchor.pidfd >= 0);
}

static void block_terms(int how)
{
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	assert_int_equal(sigprocmask(how, &term, NULL), 0);
}

/* The signal by which the anchor has ended; its set hears of that. */
static int anchor_end(void)
{
	siginfo_t info = {0};

	assert_int_equal(waitid(P_PIDFD, (id_t)x.set->anchor.pidfd, &info, WEXITED | WNOWAIT), 0);
	set_on_anchor_end(&x.set->process);
	return info.si_status;
}

static void adopt_building(void)
{
	adopt(SET_ID, POL_LAST_WAIT, 0);
	x.set->state = SET_BUILDING;
	start_anchor();
}

TEST(test_a_set_that_takes_too_long_is_given_up)
{
	adopt_building();
	timer_fires();
	assert_non_null(
		strstr(x.login.failure.what, "building the set took longer than 60 seconds"));
	assert_int_equal(x.set->state, SET_ENDING);
	assert_false(set_can_be_entered(x.set));
	assert_int_equal(anchor_end(), SIGKILL);
	assert_true(is_gone());
}

/* Without a watch of its end nobody would end it later. */
TEST(test_a_set_that_cannot_be_built_or_watched_ends_at_once)
{
	adopt_building();
	nsi_closep(&x.set->anchor.pidfd);
	(void)snprintf(x.set->failure.what, sizeof(x.set->failure.what), "no network");
	set_build_failed(x.set);
	assert_string_equal(x.login.failure.what, "no network");
	assert_true(is_gone());
}

/* It is watched for its end all the same, or the set, with its address and its limits, would be there for ever. */
TEST(test_a_built_set_whose_anchor_cannot_be_watched_ends)
{
	int epoll;

	adopt_building();
	epoll = x.sets.loop.epoll;
	x.sets.loop.epoll = -EBADF;
	assert_int_equal(set_watch_anchor(x.set), -EBADF);
	x.sets.loop.epoll = epoll;
	(void)snprintf(x.set->failure.what, sizeof(x.set->failure.what), "cannot watch the anchor");
	set_build_failed(x.set);
	assert_int_equal(loop_add(&x.sets.loop, &x.set->process, EPOLLIN), -EEXIST);
	assert_int_equal(anchor_end(), SIGKILL);
	assert_true(is_gone());
}

TEST(test_an_anchor_that_ignores_the_end_is_killed)
{
	adopt(SET_ID, POL_LAST_WAIT, 0);
	block_terms(SIG_BLOCK);
	start_anchor();
	block_terms(SIG_UNBLOCK);
	x.set->process.fd = x.set->anchor.pidfd;
	x.set->state = SET_ENDING;
	set_step(x.set, SET_NETWORK_GONE);
	assert_true(x.set->timer.due_us > 0); /* it is given its time */
	timer_fires();
	assert_int_equal(anchor_end(), SIGKILL);
	assert_true(is_gone());
}

/* Logins wait on: another is tried. */
TEST(test_a_new_anchor_that_does_not_answer_is_killed)
{
	pid_t pid;
	int ends[2];

	adopt(SET_ID, POL_LAST_WAIT, 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	x.set->session_count = 1;
	x.set->reviving = true;
	start_anchor();
	pid = x.set->anchor.pid;
	x.set->anchor.socket = x.set->report.fd = ends[0];
	timer_fires();
	assert_true(x.set->reviving);
	assert_int_equal(x.set->tries, 1);
	assert_true(x.set->timer.due_us > 0);
	assert_int_equal(x.set->anchor.pidfd, -EBADF);
	assert_int_equal(x.news, 0);
	(void)waitpid(pid, NULL, 0); /* or it is reaped already */
	assert_int_equal(kill(pid, 0), -1);
	(void)close(ends[1]);
	x.set->session_count = 0;
}

/* Of the scanner, which sets wait for. */
TEST(test_a_look_that_cannot_be_started_is_tried_again)
{
	struct rlimit before, none;

	adopt(SET_ID, POL_LAST_WAIT, 0);
	scanner_init(&x.sets.scanner, &x.sets);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	scanner_start(&x.sets.scanner);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(x.sets.scanner.next.due_us > 0);
	loop_disarm(&x.sets.loop, &x.sets.scanner.next);
	x.sets.scanner.work.pidfd = x.sets.host.sets_fd; /* one is under way */
	x.sets.scanner.next.fire(&x.sets.scanner.next);
	assert_true(looks());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_set_that_takes_too_long_is_given_up),
		CASE(test_a_set_that_cannot_be_built_or_watched_ends_at_once),
		CASE(test_a_built_set_whose_anchor_cannot_be_watched_ends),
		CASE(test_an_anchor_that_ignores_the_end_is_killed),
		CASE(test_a_new_anchor_that_does_not_answer_is_killed),
		CASE(test_a_look_that_cannot_be_started_is_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
