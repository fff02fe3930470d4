/* SPDX-License-Identifier: MIT */
/* Copies of trees: what is copied, what is left out, and that neither is passed over in silence */
#include "ctl/copy.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "ctl/ctl.h"
#include "tests/unit/faults.h"
#include "tests/unit/scratch.h"

static const char *const files[] = {"from/a", "from/dir/b", "from/dir/below/c"};

enum {
	FILES = sizeof(files) / sizeof(files[0])
};

struct fixture {
	struct scratch s;
	int source, target; /* "from", and the directory that gets a copy, "to" */
	int err;            /* standard error, which goes elsewhere meanwhile */
};

static int open_path(const struct scratch *s, const char *name, int flags)
{
	return open(scratch_path(s, 0, name), flags | O_CLOEXEC);
}

static int fixture_make(struct fixture *fx)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	umask(0);
	if (scratch_make(&fx->s) < 0 || scratch_write(&fx->s, "to/.keep", "") < 0)
		return -1;
	for (unsigned i = 0; i < FILES; i++)
		if (scratch_write(&fx->s, files[i], files[i]) < 0)
			return -1;
	fx->source = open_path(&fx->s, "from", O_PATH);
	fx->target = open_path(&fx->s, "to", O_RDONLY | O_DIRECTORY);
	fx->err = dup(2);
	if (null < 0 || fx->source < 0 || fx->target < 0 || fx->err < 0)
		return -1;
	(void)dup2(null, 2);
	(void)close(null);
	return 0;
}

static void fixture_done(struct fixture *fx)
{
	(void)dup2(fx->err, 2);
	nsi_closep(&fx->err);
	nsi_closep(&fx->source);
	nsi_closep(&fx->target);
	scratch_done(&fx->s);
}

static int set_up(void **state)
{
	static struct fixture fx;

	*state = &fx;
	return fixture_make(&fx);
}

static int tear_down(void **state)
{
	fixture_done(*state);
	return 0;
}

/* Whether the copy of a file is there, whole. */
static bool is_copied(const struct fixture *fx, const char *name)
{
	char path[64], text[64];

	(void)snprintf(path, sizeof(path), "to/copy%s", name + strlen("from"));
	return fd_read_file(AT_FDCWD, scratch_path(&fx->s, 0, path), text, sizeof(text)) >= 0 &&
	       strcmp(text, name) == 0;
}

TEST(test_a_tree_is_copied_with_modes_under_the_mask)
{
	struct fixture *fx = *state;
	struct copy_job job = {.mask = 022};
	struct stat st;

	assert_int_equal(chmod(scratch_path(&fx->s, 0, "from/a"), 04777), 0);
	copy_tree(&job, fx->source, fx->target, "copy", "from");
	assert_int_equal(job.left, 0);
	assert_int_equal(job.entries, 6);
	for (unsigned i = 0; i < FILES; i++)
		assert_true(is_copied(fx, files[i]));
	assert_int_equal(stat(scratch_path(&fx->s, 0, "to/copy/a"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	copy_tree(&job, fx->source, fx->target, "copy", "from"); /* the name is taken */
	assert_int_equal(job.left, 1);
}

TEST(test_what_is_no_file_is_left_out_and_counted)
{
	struct fixture *fx = *state;
	struct copy_job job = {0};

	assert_int_equal(symlink("/etc/shadow", scratch_path(&fx->s, 0, "from/link")), 0);
	assert_int_equal(mkfifo(scratch_path(&fx->s, 0, "from/dir/pipe"), 0600), 0);
	copy_tree(&job, fx->source, fx->target, "copy", "from");
	assert_int_equal(job.left, 2);
	assert_true(is_copied(fx, files[2]));
	assert_int_equal(access(scratch_path(&fx->s, 0, "to/copy/link"), F_OK), -1);
}

TEST(test_a_tree_that_is_too_deep_ends)
{
	struct fixture *fx = *state;
	struct copy_job job = {0};
	char path[COPY_DEPTH_MAX * 2 + 16] = "from";

	for (unsigned i = 0; i <= COPY_DEPTH_MAX; i++) {
		(void)strcat(path, "/d");
		assert_int_equal(mkdir(scratch_path(&fx->s, 0, path), 0700), 0);
	}
	copy_tree(&job, fx->source, fx->target, "copy", "from");
	assert_int_equal(job.left, 1);
}

static void copy_with_a_fault(struct faults *f)
{
	struct fixture fx = {0};
	struct copy_job job = {0};

	faults_check(fixture_make(&fx) == 0, "no tree");
	faults_begin(f);
	copy_tree(&job, fx.source, fx.target, "copy", "from");
	faults_end(f);
	(void)dup2(fx.err, 2);
	faults_check_fds(f);
	for (unsigned i = 0; i < FILES && f->shared->error != ENOENT; i++) /* readdir(3): the end */
		faults_check(job.left > 0 || is_copied(&fx, files[i]),
			     "%s is not copied, and nothing says so", files[i]);
	fixture_done(&fx);
}

TEST(test_a_call_that_fails_is_no_silent_gap)
{
	faults_sweep(copy_with_a_fault, NULL, 3);
}

/* Of whom a stored directory is, must be read: here it cannot be. */
TEST(test_a_directory_whose_owner_cannot_be_read_is_not_copied_from)
{
	struct fixture *fx = *state;
	char statedir[80], rundir[80], target[80];
	char source[] = "root:/tmp/file", *operands[] = {source, target, NULL};
	const struct ctl ctl = {.statedir = statedir, .rundir = rundir, .operands = operands};

	if (geteuid() != 0)
		skip();
	(void)snprintf(statedir, sizeof(statedir), "%s/state", fx->s.top);
	(void)snprintf(rundir, sizeof(rundir), "%s/run", fx->s.top);
	(void)snprintf(target, sizeof(target), "%s/to/file", fx->s.top);
	assert_int_equal(scratch_write(&fx->s, "state/u0/tmp/file", "x"), 0);
	assert_int_equal(scratch_write(&fx->s, "state/u0/.meta-tmp",
				       "nsisolate-instance 1 boot-only=0 age=0 used=1000 boot=x\n"),
			 0);
	assert_int_equal(scratch_write(&fx->s, "run/sets/.keep", ""), 0);
	assert_int_equal(scratch_write(&fx->s, "state/u0/owner/.keep", ""), 0);
	assert_int_equal(copy_verb(&ctl), CTL_SYSTEM);
	assert_int_equal(access(target, F_OK), -1);
	assert_int_equal(unlink(scratch_path(&fx->s, 0, "state/u0/owner/.keep")), 0);
	assert_int_equal(rmdir(scratch_path(&fx->s, 0, "state/u0/owner")), 0);
	assert_int_equal(scratch_write(&fx->s, "state/u0/owner", "nsi-test-gone\n"), 0);
	assert_int_equal(copy_verb(&ctl), CTL_SYSTEM);
	assert_int_equal(scratch_write(&fx->s, "state/u0/owner", "root\n"), 0);
	assert_int_equal(copy_verb(&ctl), CTL_OK);
	assert_int_equal(access(target, F_OK), 0);
	assert_int_equal(unlink(scratch_path(&fx->s, 0, "state/u0/owner")), 0);
	assert_int_equal(unlink(target), 0);
	assert_int_equal(copy_verb(&ctl), CTL_OK); /* a crash came before its note */
}

#define COPY_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		COPY_TEST(test_a_tree_is_copied_with_modes_under_the_mask),
		COPY_TEST(test_what_is_no_file_is_left_out_and_counted),
		COPY_TEST(test_a_tree_that_is_too_deep_ends),
		cmocka_unit_test(test_a_call_that_fails_is_no_silent_gap),
		COPY_TEST(test_a_directory_whose_owner_cannot_be_read_is_not_copied_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
