/* SPDX-License-Identifier: MIT */
/* An anchor whose record is damaged, when a system call fails: its set is found, or nothing of it is removed */
#include "sets/stay.h"
#include "setup/setup.h"
#include "tests/unit/faults_system.h"
#include "tests/unit/sets/former.h"

/* The anchor of a set in this process's namespaces, which has kept its copy of the record. */
static pid_t start_anchor(void)
{
	struct set_record rec = {
		.id = SET_ID,
		.boot_id = "this-boot",
		.uid = USER,
		.owner = USER,
		.scope = POL_SCOPE_USER,
		.types = ns_bit(NS_MNT),
		.on_last_close = POL_LAST_KILL,
	};
	NSI_AUTO_FD int sets_fd = open("/run/sets", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_FD int record = -EBADF;
	int tube[2];
	char byte;
	pid_t pid;

	faults_check(pipe(tube) == 0, "no pipe");
	pid = fork();
	if (pid == 0) {
		char name[STAY_COPY_SIZE];
		int copy;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)prctl(PR_SET_NAME, "nsi-set-7");
		rec.anchor_pid = getpid();
		faults_check(proc_start_time(getpid(), &rec.anchor_start) == 0 &&
				     proc_namespaces(getpid(), &rec.ns) == 0,
			     "no anchor");
		record = record_create(sets_fd, &rec); /* which seals it: the copy is of the same */
		stay_copy_name(name, "/run");
		copy = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
		faults_check(record >= 0 && write(copy, &rec, sizeof(rec)) == sizeof(rec) &&
				     fcntl(copy, F_ADD_SEALS, STAY_COPY_SEALS) == 0 &&
				     ftruncate(record, 100) == 0 && write(tube[1], "", 1) == 1,
			     "no copy of the record");
		for (;;)
			(void)pause();
	}
	faults_check(pid > 0 && read(tube[0], &byte, 1) == 1, "no anchor");
	(void)close(tube[0]);
	(void)close(tube[1]);
	return pid;
}

static void check_set(pid_t anchor)
{
	struct set *set = set_by_id(&sets, SET_ID);

	faults_check(is_there("/run/etc/7"), "the files of the set are gone");
	faults_check(adopt_is_live(&sets, 's', SET_ID), "its directories are nobody's");
	faults_check(adopt_is_live(&sets, 'u', USER), "its user's directories are nobody's");
	faults_check(sets.host.last_set >= SET_ID || sets.unread_until > 0, "its id is free");
	faults_check(set || sets.unread_until > 0,
		     "it is not known, and the helper thinks it knows all");
	faults_check(set || sets.limits.has_unknown, "its limits may be lifted");
	if (!set)
		return;
	faults_check(is_there("/run/sets/7"), "it has no record");
	faults_check(set->anchor.pidfd >= 0 && set->anchor.pid == anchor, "it has lost its anchor");
	faults_check(set->rec.on_last_close == POL_LAST_WAIT && set->rec.in_doubt,
		     "its sessions are lost, and nobody knows");
}

static void find_anchor(struct faults *f)
{
	pid_t anchor;

	make_rundir();
	anchor = start_anchor();
	f->fds = faults_count_fds();
	begin_helper();
	f->shared->is_on = 1;
	adopt_all(&sets);
	f->shared->is_on = 0;
	if (f->shared->error == ENOENT && f->shared->failed != -1)
		_exit(0); /* of /proc, it says that a process has ended */
	faults_check(f->shared->failed != -1 || set_by_id(&sets, SET_ID), "it is not found at all");
	check_set(anchor);
	(void)kill(anchor, SIGKILL);
	(void)waitpid(anchor, NULL, 0); /* else its pidfd is kept until it can be reaped */
	end_helper();
	faults_check_fds(f);
}

static void run(struct faults *f)
{
	faults_in_system(f, find_anchor);
}

TEST(test_a_set_whose_record_is_damaged_is_found_or_left_to_the_next_helper)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(run, NULL, 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_a_set_whose_record_is_damaged_is_found_or_left_to_the_next_helper),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
