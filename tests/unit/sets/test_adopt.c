/* SPDX-License-Identifier: MIT */
/* A helper that takes over a live set when a system call fails: the set is known, or nothing of it is removed */
#include "tests/unit/faults_system.h"
#include "tests/unit/sets/former.h"

/* The record of a set with an anchor and a session; @anchor is in this process's namespaces. */
static void write_record(pid_t anchor, pid_t opener)
{
	struct set_record rec = {
		.id = SET_ID,
		.boot_id = "this-boot",
		.uid = USER,
		.owner = USER,
		.scope = POL_SCOPE_USER,
		.types = ns_bit(NS_MNT),
		.anchor_pid = anchor,
		.on_last_close = POL_LAST_KILL,
	};
	struct session_record session = {
		.id = 1, .pid = opener, .uid = USER, .state = SLOT_LIVE, .start = proc_now() + 1};
	NSI_AUTO_FD int fd = -EBADF;

	faults_check(proc_start_time(anchor, &rec.anchor_start) == 0 &&
			     proc_namespaces(anchor, &rec.ns) == 0,
		     "no anchor");
	fd = record_create(sets.host.sets_fd, &rec);
	faults_check(fd >= 0 && record_write_slot(fd, 0, &session) == 0, "no record");
}

/* With the set, its session or the doubt; without it, all that it has. */
static void check_set(pid_t anchor)
{
	struct set *set = set_by_id(&sets, SET_ID);

	faults_check(is_there("/run/sets/7"), "the record is gone");
	faults_check(is_there("/run/etc/7"), "the files of the set are gone");
	faults_check(adopt_is_live(&sets, 's', SET_ID), "its directories are nobody's");
	faults_check(adopt_is_live(&sets, 'u', USER), "its user's directories are nobody's");
	faults_check(sets.host.last_set >= SET_ID || sets.unread_until > 0, "its id is free");
	faults_check(set || sets.unread_until > 0,
		     "it is not known, and the helper thinks it knows all");
	if (!set)
		return;
	faults_check(set->anchor.pidfd >= 0 && set->anchor.pid == anchor, "it has lost its anchor");
	faults_check(set->session_count == 1 || set->rec.on_last_close == POL_LAST_WAIT,
		     "its session is lost, and nobody knows");
	faults_check(set->state == SET_LIVE || !set_kills(set), "it is being killed");
}

static void adopt(struct faults *f)
{
	pid_t anchor = process_start(), opener = process_start();

	make_rundir();
	f->fds = faults_count_fds();
	begin_helper();
	write_record(anchor, opener);
	f->shared->is_on = 1;
	adopt_all(&sets);
	f->shared->is_on = 0;
	if (f->shared->error == ENOENT && f->shared->failed != -1)
		_exit(0); /* of /proc, it says that a process has ended: then another anchor is on its way */
	faults_check(f->shared->failed != -1 || set_by_id(&sets, SET_ID),
		     "it is not taken over at all");
	check_set(anchor);
	(void)kill(anchor, SIGKILL);
	(void)waitpid(anchor, NULL, 0); /* else its pidfd is kept until it can be reaped */
	end_helper();
	faults_check_fds(f);
}

static void run(struct faults *f)
{
	faults_in_system(f, adopt);
}

/* Its network would be taken for another's, and undone. */
static void adopt_without_network(struct faults *f)
{
	pid_t anchor = process_start();

	make_rundir();
	begin_helper();
	write_record(anchor, anchor);
	faults_check(mkdir("/run/net/7", 0700) == 0, "no file that cannot be read");
	faults_begin(f); /* and no call fails */
	adopt_all(&sets);
	faults_end(f);
	faults_check(!set_by_id(&sets, SET_ID), "it is taken over as one without a network");
	faults_check(kill(anchor, 0) == 0, "its anchor is ended");
	check_set(anchor);
	end_helper();
}

static void run_without_network(void *arg)
{
	struct faults_shared shared = {.failed = -1};
	struct faults f = {.shared = &shared};

	(void)arg;
	faults_in_system(&f, adopt_without_network);
}

TEST(test_a_set_whose_network_cannot_be_told_is_left_to_the_next_helper)
{
	if (geteuid() != 0)
		skip();
	faults_apart(run_without_network, NULL);
}

TEST(test_a_set_is_taken_over_or_left_to_the_next_helper)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(run, NULL, 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_set_is_taken_over_or_left_to_the_next_helper),
		cmocka_unit_test(
			test_a_set_whose_network_cannot_be_told_is_left_to_the_next_helper),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
