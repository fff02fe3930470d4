/* SPDX-License-Identifier: MIT */
/* A set that waits for an import of files, and what becomes of the originals */
#include <fcntl.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "tests/unit/logged.h"
#include "tests/unit/process.h"
#include "tests/unit/serve/open_step.h"

/* A look at /proc that is asked for is noted, and no child is started: one is under way for ever. */
static struct set *begin_import(int *ret_child)
{
	const struct set_record rec = {.id = 5, .uid = 1000};
	int told[2];

	x.sets.scanner.sets = &x.sets;
	x.sets.scanner.work.pidfd = x.module;
	x.o.set = adopt(&rec);
	assert_int_equal(pipe2(told, O_CLOEXEC | O_NONBLOCK), 0);
	*ret_child = told[0];
	x.call->import_go = told[1];
	x.call->import_set = 5;
	x.o.set->imports = 1;
	set_step(x.o.set, SET_SESSIONS);
	assert_int_equal(x.o.set->state, SET_LIVE); /* without a session */
	return x.o.set;
}

/* Reads what the child would: 0 at the end of the pipe. */
static char heard(int child)
{
	char answer = 0;
	ssize_t n = read(child, &answer, 1);

	assert_true(n >= 0);
	return n == 1 ? answer : 0;
}

TEST(test_originals_go_once_the_login_is_inside)
{
	int child;
	struct set *set = begin_import(&child);

	set->session_count = 1;
	import_finish(x.call);
	assert_int_equal(heard(child), 'r');
	assert_int_equal(heard(child), 0);
	assert_int_equal(set->imports, 0);
	assert_int_equal(set->state, SET_LIVE);
	import_finish(x.call); /* it is over */
	set->session_count = 0;
	(void)close(child);
}

TEST(test_a_login_that_fails_leaves_the_originals_and_lets_the_set_go)
{
	int child;
	struct set *set = begin_import(&child);

	import_drop(x.call);
	assert_int_equal(heard(child), 0);
	assert_int_equal(set->imports, 0);
	assert_true(set->state > SET_LIVE);
	import_drop(x.call); /* it is over */
	assert_int_equal(set->imports, 0);
	(void)close(child);
}

TEST(test_a_set_waits_for_all_imports)
{
	int child;
	struct set *set = begin_import(&child);

	set->imports++; /* another login's */
	import_drop(x.call);
	assert_int_equal(set->state, SET_LIVE);
	set->imports = 0;
	(void)close(child);
}

TEST(test_a_set_that_is_gone_meanwhile_is_not_missed)
{
	int child;
	struct set *set = begin_import(&child);

	set->imports = 0;
	set_free(set);
	import_drop(x.call);
	assert_int_equal(heard(child), 0);
	(void)close(child);
}

/* The files are in the set by then, and nobody removes those of the host. */
TEST(test_a_child_that_is_gone_too_early_is_logged)
{
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	struct logged log;
	const char *text;
	int child;
	struct set *set = begin_import(&child);

	(void)close(child);
	set->session_count = 1;
	logged_begin(&log);
	import_finish(x.call);
	text = logged_end(&log);
	assert_non_null(strstr(text, "files of uid 1000 were copied into the set, and are still on "
				     "the host, too"));
	set->session_count = 0;
	(void)signal(SIGPIPE, before);
}

TEST(test_without_an_import_there_is_nothing_to_end)
{
	import_finish(x.call);
	import_drop(x.call);
	assert_int_equal(x.call->import_set, 0);
}

static void until_answered(struct loop *l)
{
	l->stop = LIST_EMPTY(&x.server.calls);
}

/* The set cannot be entered: its anchor has ended.  An ordinary user's helper may not even try. */
TEST(test_files_that_cannot_be_imported_refuse_the_login)
{
	const struct set_record rec = {.id = 5, .uid = 1000};
	union nsi_message m = {0};
	int fds[NSI_FDS_MAX];
	unsigned count = 0;
	pid_t pid = process_start();

	assert_true(pid > 0);
	x.sets.scanner.sets = &x.sets;
	x.sets.scanner.work.pidfd = x.module;
	policy_found("namespaces = [ \"mount\" ];");
	x.o.set = adopt(&rec);
	x.o.set->anchor.pidfd = (int)pidfd_open(pid, 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(import_start(&x.o), OPEN_WAIT);
	assert_int_equal(x.o.set->state, SET_LIVE);
	assert_int_equal(loop_run(&x.sets.loop, until_answered), 0);
	assert_int_equal(wire_receive(x.module, &m, fds, &count), 1);
	assert_int_equal(m.h.type, NSI_REFUSED);
	assert_int_equal(m.reply.cause, NSI_CAUSE_SYSTEM);
	assert_true(m.reply.text[0]);
	assert_int_equal(x.o.set->imports, 0);
	nsi_closep(&x.o.set->anchor.pidfd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_originals_go_once_the_login_is_inside),
		CASE(test_a_login_that_fails_leaves_the_originals_and_lets_the_set_go),
		CASE(test_a_set_waits_for_all_imports),
		CASE(test_a_set_that_is_gone_meanwhile_is_not_missed),
		CASE(test_a_child_that_is_gone_too_early_is_logged),
		CASE(test_without_an_import_there_is_nothing_to_end),
		CASE(test_files_that_cannot_be_imported_refuse_the_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
