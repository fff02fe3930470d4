/* SPDX-License-Identifier: MIT */
/* Limits of a control group while a system call fails: nobody is in it without them, and none is without a record */
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "cgroup/cgroup_limit.h"
#include "tests/unit/faults.h"
#include "tests/unit/logged.h"
#include "tests/unit/scratch.h"

static const char *const files[] = {
	"fs/cgroup.controllers",
	"fs/cgroup.subtree_control",
	"fs/nsisolate/cgroup.controllers",
	"fs/nsisolate/cgroup.subtree_control",
	"fs/nsisolate/u1000/cgroup.controllers",
	"fs/nsisolate/u1000/cgroup.procs",
	"fs/nsisolate/u1000/pids.max",
	"fs/nsisolate/u1000/memory.max",
	"fs/nsisolate/u1000/cpu.max",
	"limits/.keep",
};

static struct scratch scratch;

static int begin(void **state)
{
	(void)state;
	return scratch_make(&scratch);
}

static int end(void **state)
{
	(void)state;
	scratch_done(&scratch);
	return 0;
}

/* The kernel makes the files of a group with it; here they are there before.  Returns the directory of records. */
static int make_groups(void)
{
	int dir;

	scratch_done(&scratch);
	faults_check(mkdir(scratch.top, 0700) == 0, "no directory");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		faults_check(scratch_write(&scratch, files[i],
					   strstr(files[i], "controllers") ? "cpu memory pids\n"
									   : "") == 0,
			     "no %s", files[i]);
	dir = open(scratch_path(&scratch, 0, "limits"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	faults_check(dir >= 0, "no records");
	return dir;
}

static bool has_text(const char *name, const char *text)
{
	char is[64];

	return fd_read_file(AT_FDCWD, scratch_path(&scratch, 1, name), is, sizeof(is)) >= 0 &&
	       strcmp(is, text) == 0;
}

static void limit(struct faults *f)
{
	struct limit_ask ask = {.limit = {.tasks = 512, .memory = 1 << 30, .cpu = 150},
				.uid = 1000,
				.pid = 4711,
				.dir_fd = make_groups()};
	struct nsi_fail fail = {""};
	bool is_recorded, has_all;
	int r;

	faults_begin(f);
	r = limit_by_group(&ask, scratch_path(&scratch, 0, "fs"), &fail);
	faults_end(f);
	is_recorded = faccessat(ask.dir_fd, "u1000", F_OK, 0) == 0;
	has_all = has_text("fs/nsisolate/u1000/pids.max", "512") &&
		  has_text("fs/nsisolate/u1000/memory.max", "1073741824") &&
		  has_text("fs/nsisolate/u1000/cpu.max", "150000 100000");
	faults_check(f->shared->failed != -1 || r == 0, "without a fault: %s", fail.what);
	faults_check(r == 0 || fail.what[0], "%d without a sentence", r);
	faults_check(r < 0 || (has_all && has_text("fs/nsisolate/u1000/cgroup.procs", "4711")),
		     "it is not limited, and nobody knows");
	faults_check(has_all || has_text("fs/nsisolate/u1000/cgroup.procs", ""),
		     "it is in a group without all limits");
	faults_check(is_recorded || has_text("fs/nsisolate/u1000/pids.max", ""),
		     "a limit that is on no record");
}

TEST(test_a_login_has_its_limits_or_is_refused)
{
	faults_sweep(limit, NULL, 7);
}

static void undo(struct faults *f)
{
	struct limits_record rec = {.tasks = "512"};
	struct logged logged;
	const char *log;
	int dir = make_groups();

	(void)snprintf(rec.group, sizeof(rec.group), "%s/fs/gone", scratch.top);
	faults_check(limits_write(dir, "end-u1000", &rec) == 0, "no record");
	logged_begin(&logged);
	faults_begin(f);
	limit_undo_all(dir);
	faults_end(f);
	log = logged_end(&logged);
	f->fds = faults_count_fds(); /* the lock stays with the process */
	if ((f->shared->failed == SYS_getdents64 && f->shared->error == ENOENT) ||
	    f->shared->failed == SYS_write || f->shared->failed == SYS_lseek)
		return; /* to readdir(3) it is the end, and a line of the log is lost */
	faults_check(faccessat(dir, "end-u1000", F_OK, 0) < 0 || strstr(log, "<4>"),
		     "limits are left, and nobody is told");
}

TEST(test_limits_are_undone_or_it_is_logged)
{
	faults_sweep(undo, NULL, 2);
}

static void apply_unlisted(void *arg)
{
	struct limit_ask ask = {.limit = {.tasks = 512}, .uid = 1000, .pid = getpid()};
	struct nsi_fail fail = {""};
	struct limits_record rec;

	(void)arg;
	ask.dir_fd = make_groups();
	faults_refuse(SYS_getdents64, EIO);
	faults_check(limit_apply(&ask, &fail) < 0, "a record may be lost below the new one");
	faults_check(fail.what[0], "it has no sentence");
	faults_check(limits_read(ask.dir_fd, "u1000", &rec) == -ENOENT, "it has a record");
}

TEST(test_without_a_list_of_what_is_to_be_undone_nothing_is_limited)
{
	faults_apart(apply_unlisted, NULL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_login_has_its_limits_or_is_refused),
		CASE(test_limits_are_undone_or_it_is_logged),
		CASE(test_without_a_list_of_what_is_to_be_undone_nothing_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
