/* SPDX-License-Identifier: MIT */
/* Instances when a system call fails on the way: an error is reported, and nothing stays open or locked */
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "instance/instance.h"
#include "instance/meta.h"
#include "instance/reserve.h"
#include "tests/unit/faults.h"
#include "tests/unit/scratch.h"

static const char boot[] = "0a1b2c3d-0000-0000-0000-000000000000";
static const struct instance_key alice = {
	.kind = 'u', .number = 4242001, .uid = 4242001, .user = "nsi-test-alice", .boot_id = boot};
static const struct instance_key job = {
	.kind = 's', .number = 9, .user = "nsi-test-alice", .boot_id = boot, .job = "17"};
static const struct instance_retention for_ever = {0};
static const struct instance_retention until_boot = {.until_boot = true};

/* A statedir of a test's own, below a directory that it makes for each child. */
struct place {
	struct scratch s;
	int state;
};

static struct place *place_make(void)
{
	static struct place p;

	umask(0);
	faults_check(scratch_make(&p.s) == 0, "no directory");
	p.state = open(p.s.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	faults_check(p.state >= 0, "no directory");
	return &p;
}

static void place_done(struct place *p)
{
	nsi_closep(&p->state);
	scratch_done(&p->s);
}

/* Whether a new process finds the instance of alice's unused, and can have it. */
static bool is_free(const struct place *p, const char *parent)
{
	NSI_AUTO_FD int dir = openat(p->state, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_FD int lock = dir < 0 ? -ENOENT : meta_lock_unused(dir, "tmp");

	return lock >= 0 || lock == -ENOENT;
}

static void open_instance(struct faults *f)
{
	const struct instance_key *key = f->arg;
	struct place *p = place_make();
	struct nsi_fail fail = {""};
	int fd, lock = -EBADF;

	f->fds = faults_count_fds();
	faults_begin(f);
	fd = instance_open(p->state, key, "/tmp", 01777, key == &job ? &until_boot : &for_ever,
			   &lock, &fail);
	faults_end(f);
	faults_check(fd >= 0 || fail.what[0], "%d without a sentence", fd);
	faults_check(fd >= 0 || lock < 0, "no instance, and a lock");
	nsi_closep(&fd);
	nsi_closep(&lock);
	faults_check(is_free(p, key == &job ? "s0a1b2c3d-9" : "u4242001"), "it stays locked");
	fd = instance_open(p->state, key, "/tmp", 01777, &for_ever, &lock, &fail);
	faults_check(fd >= 0, "it cannot be had afterwards: %s", fail.what);
	nsi_closep(&fd);
	nsi_closep(&lock);
	faults_check_fds(f);
	place_done(p);
}

/* There is one: it is locked again, and removed. */
static void lock_and_remove(struct faults *f)
{
	struct place *p = place_make();
	struct nsi_fail fail = {""};
	int lock = -EBADF,
	    fd = instance_open(p->state, &alice, "/tmp", 01777, &for_ever, &lock, &fail);
	bool is_removed;

	faults_check(fd >= 0, "%s", fail.what);
	nsi_closep(&fd);
	nsi_closep(&lock);
	faults_begin(f);
	lock = instance_lock(p->state, &alice, "/tmp");
	nsi_closep(&lock);
	is_removed = instance_remove(p->state, "u4242001", "tmp") == 0;
	faults_end(f);
	faults_check_fds(f);
	faults_check(is_free(p, "u4242001"), "it stays locked");
	if (f->shared->error != ENOENT) /* which says that it is gone */
		faults_check(access(scratch_path(&p->s, 0, "u4242001/tmp"), F_OK) ==
				     (is_removed ? -1 : 0),
			     "it is %s", is_removed ? "there" : "gone, and nothing says so");
	place_done(p);
}

/* An instance that ends with its boot, at the end of its set. */
static void end_set(struct faults *f)
{
	struct place *p = place_make();
	struct nsi_fail fail = {""};
	int lock = -EBADF,
	    fd = instance_open(p->state, &job, "/tmp", 01777, &until_boot, &lock, &fail), r;

	faults_check(fd >= 0, "%s", fail.what);
	nsi_closep(&fd);
	nsi_closep(&lock);
	faults_begin(f);
	r = instance_end_set(p->state, "s0a1b2c3d-9", "another boot");
	faults_end(f);
	if (f->shared->error != ENOENT)
		faults_check(r < 0 || r == (access(scratch_path(&p->s, 0, "s0a1b2c3d-9/tmp"),
						   F_OK) != 0),
			     "the answer is %d", r);
	place_done(p);
}

static void fill_reserve(struct faults *f)
{
	struct place *p = place_make();
	int r;

	faults_begin(f);
	r = reserve_fill(p->state);
	faults_end(f);
	faults_check(r == 0 || r == -EIO || r == -ENOENT || r == -EINTR, "the answer is %d", r);
	faults_check(reserve_fill(p->state) == 0, "it cannot be filled afterwards");
	place_done(p);
}

static void sweep(void (*run)(struct faults *f), const struct instance_key *key)
{
	struct instance_key copy;

	if (geteuid() != 0) /* directories of root's are what it is about */
		skip();
	copy = key ? *key : alice;
	faults_sweep(run, key ? (void *)(uintptr_t)key : &copy, 17);
}

TEST(test_an_instance_is_had_whole_or_not_at_all)
{
	sweep(open_instance, &alice);
}

TEST(test_an_instance_of_a_job_is_had_whole_or_not_at_all)
{
	sweep(open_instance, &job);
}

TEST(test_a_lock_that_fails_leaves_nothing_open)
{
	sweep(lock_and_remove, NULL);
}

TEST(test_the_end_of_a_set_says_what_is_left)
{
	sweep(end_set, NULL);
}

TEST(test_the_reserve_can_be_filled_after_a_failure)
{
	if (geteuid() != 0)
		skip();
	faults_sweep(fill_reserve, NULL, 211);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_instance_is_had_whole_or_not_at_all),
		cmocka_unit_test(test_an_instance_of_a_job_is_had_whole_or_not_at_all),
		cmocka_unit_test(test_a_lock_that_fails_leaves_nothing_open),
		cmocka_unit_test(test_the_end_of_a_set_says_what_is_left),
		cmocka_unit_test(test_the_reserve_can_be_filled_after_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
