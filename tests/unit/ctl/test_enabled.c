/* SPDX-License-Identifier: MIT */
/* The drop-in of "enable" and "disable": its text, and that a change is whole or not at all */
#include "ctl/enabled.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "ctl/ctl.h"
#include "tests/unit/faults.h"
#include "tests/unit/scratch.h"

#define POLICY "version = 1;\npolicies = { lab = { namespaces = [ \"mount\" ]; }; };\n"

static struct scratch s;
static char config[128];
static const struct ctl ctl = {.config = config};

/* Policies are trusted only in a directory of root's. */
static int fixture_make(void)
{
	umask(022);
	if (scratch_make_below(&s, "/run") < 0)
		return -1;
	(void)snprintf(config, sizeof(config), "%s/nsisolate.conf", s.top);
	return scratch_write(&s, "nsisolate.conf", POLICY);
}

static int set_up(void **state)
{
	(void)state;
	return geteuid() == 0 ? fixture_make() : 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (geteuid() == 0)
		scratch_done(&s);
	return 0;
}

/* Adds a row to those that are there, or removes it.  Returns what the write has returned. */
static int change(const char *user, const char *policy, bool is_removal, struct nsi_fail *f)
{
	NSI_CLEANUP(enabled_done) struct enabled e = {0};
	NSI_AUTO_FD int dir = -EBADF;
	int r = enabled_read(&ctl, &e, f);

	if (r < 0)
		return r;
	dir = enabled_lock(&e, f);
	if (dir < 0)
		return dir;
	if (is_removal && !enabled_remove(&e, user))
		return -ENOENT;
	if (!is_removal && enabled_set(&e, user, policy) < 0)
		return -ENOMEM;
	return enabled_write(&ctl, &e, dir, f);
}

static const char *text_of_file(void)
{
	static char text[4096];

	return fd_read_file(AT_FDCWD, scratch_path(&s, 0, "nsisolate.d/" ENABLED_FILE), text,
			    sizeof(text)) < 0
		       ? ""
		       : text;
}

static const char *rules(void)
{
	const char *at = strstr(text_of_file(), "rules = (\n");

	return at ? at + strlen("rules = (\n") : "";
}

TEST(test_rows_are_written_and_read_back)
{
	NSI_CLEANUP(enabled_done) struct enabled e = {0};
	struct nsi_fail f = {""};

	if (geteuid() != 0)
		skip();
	assert_int_equal(change("alice", "lab", false, &f), 0);
	assert_int_equal(change("o\"brien\\", NULL, false, &f), 0);
	assert_string_equal(rules(), "  { user = \"alice\"; policy = \"lab\"; },\n"
				     "  { user = \"o\\\"brien\\\\\"; action = \"skip\"; }\n);\n");
	assert_int_equal(change("alice", NULL, false, &f), 0);
	assert_int_equal(enabled_read(&ctl, &e, &f), 0);
	assert_int_equal(e.count, 2);
	assert_string_equal(e.rows[0].user, "alice");
	assert_null(e.rows[0].policy);
	assert_string_equal(e.rows[1].user, "o\"brien\\");
	assert_int_equal(change("alice", NULL, true, &f), 0);
	assert_int_equal(change("o\"brien\\", NULL, true, &f), 0);
	assert_string_equal(text_of_file(), "");
}

TEST(test_a_policy_that_is_not_there_changes_nothing)
{
	struct nsi_fail f = {""};

	if (geteuid() != 0)
		skip();
	assert_int_equal(change("alice", "lab", false, &f), 0);
	assert_int_equal(change("bob", "none", false, &f), -EINVAL);
	assert_non_null(strstr(f.what, "is as it was"));
	assert_string_equal(rules(), "  { user = \"alice\"; policy = \"lab\"; }\n);\n");
}

TEST(test_a_file_of_somebody_else_is_not_rewritten)
{
	static const char *const texts[] = {
		"rules = (",
		"version = 1;\n",
		"version = 1;\nrules_first = true;\nrules = ( { group = \"x\"; policy = \"lab\"; } "
		");\n",
		"version = 1;\nrules_first = true;\nrules = ( { user = \"x\"; action = \"host\"; } "
		");\n",
		"version = 1;\nrules_first = true;\nrules = ( 7 );\n",
	};

	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct nsi_fail f = {""};

		assert_int_equal(scratch_write(&s, "nsisolate.d/" ENABLED_FILE, texts[i]), 0);
		assert_int_equal(change("alice", "lab", false, &f), -EINVAL);
		assert_non_null(strstr(f.what, "move it to another drop-in"));
		assert_string_equal(text_of_file(), texts[i]);
	}
}

/* The second of two users is enabled, or the only one is removed (@arg). */
static void change_with_a_fault(struct faults *f)
{
	struct nsi_fail fail = {""};
	const int err = dup(2), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	char before[4096];
	int r;

	faults_check(fixture_make() == 0 && change("alice", "lab", false, &fail) == 0, "%s",
		     fail.what);
	(void)snprintf(before, sizeof(before), "%s", text_of_file());
	f->fds = faults_count_fds();
	(void)dup2(null, 2); /* the errors of each configuration that could not be read */
	faults_begin(f);
	r = f->arg ? change("alice", NULL, true, &fail) : change("bob", NULL, false, &fail);
	faults_end(f);
	(void)dup2(err, 2);
	faults_check_fds(f);
	faults_check(f->shared->failed != -1 || r == 0, "without a fault: %s", fail.what);
	faults_check(r == 0 || fail.what[0] || r == -ENOENT, "%d without a sentence", r);
	if (f->shared->error != ENOENT) /* that the file is not there: no rows */
		faults_check(strcmp(text_of_file(), before) == 0 ? r < 0 : r == 0,
			     "the answer is %d, and the file\n%s", r, text_of_file());
	faults_check(
		f->shared->failed == SYS_unlinkat || f->shared->failed == SYS_unlink ||
			access(scratch_path(&s, 0, "nsisolate.d/" ENABLED_FILE ".draft"), F_OK) < 0,
		"a draft is left");
	fail = (struct nsi_fail){""};
	faults_check(change("carol", "lab", false, &fail) == 0, "it cannot be changed again: %s",
		     fail.what);
	scratch_done(&s);
}

TEST(test_a_change_that_fails_leaves_the_file_as_it_was)
{
	static int is_removal = 1;

	if (geteuid() != 0)
		skip();
	faults_sweep(change_with_a_fault, NULL, 17);
	faults_sweep(change_with_a_fault, &is_removal, 17);
}

#define ENABLED_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENABLED_TEST(test_rows_are_written_and_read_back),
		ENABLED_TEST(test_a_policy_that_is_not_there_changes_nothing),
		ENABLED_TEST(test_a_file_of_somebody_else_is_not_rewritten),
		cmocka_unit_test(test_a_change_that_fails_leaves_the_file_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
