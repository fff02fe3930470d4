/* SPDX-License-Identifier: MIT */
/* The kept copy of a policy, and the file that says which policy is in force */
#include "policy/kept.h"

#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "policy/image.h"
#include "policy/load.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

#define POLICY(name) "version = 1;\npolicies = { " name " = { namespaces = [ \"ipc\" ]; }; };\n"

struct keeping {
	struct scratch s;
	struct pol_sources sources;
	char config[128], statedir[128];
};

/* Writes a file that nobody else may write to. */
static int write_text(struct keeping *x, const char *name, const char *text)
{
	int r;

	(void)umask(022);
	r = scratch_write(&x->s, name, text);
	(void)umask(0); /* as in the helper */
	return r;
}

/* In a directory whose whole path is root's; without one, the case is skipped. */
static int begin(void **state)
{
	static struct keeping x;

	*state = NULL;
	if (geteuid() != 0 || scratch_make_below(&x.s, "/run") < 0)
		return 0;
	(void)snprintf(x.config, sizeof(x.config), "%s/nsisolate.conf", x.s.top);
	(void)snprintf(x.statedir, sizeof(x.statedir), "%s/state", x.s.top);
	x.sources = (struct pol_sources){.config = x.config, .statedir = x.statedir};
	*state = &x;
	return write_text(&x, "nsisolate.conf", POLICY("first"));
}

static int end(void **state)
{
	struct keeping *x = *state;

	if (x)
		scratch_done(&x->s);
	(void)umask(022);
	return 0;
}

static struct keeping *keeping_of(void **state)
{
	if (!*state)
		skip();
	return *state;
}

/* Compares the name of the first policy of the copy. */
static void expect_kept(const struct pol_sources *sources, const char *want)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	uint64_t since = 0;

	assert_int_equal(kept_load(sources, &image, &since), 0);
	assert_true(since > 0);
	assert_string_equal(policy_str(image, policy_get(image, 0)->name), want);
}

static int load_error(const struct pol_sources *sources)
{
	NSI_AUTO_FREE struct pol_image *image = NULL;
	uint64_t since;

	return kept_load(sources, &image, &since);
}

TEST(test_a_copy_comes_back)
{
	struct keeping *x = keeping_of(state);
	struct nsi_fail f = {""};

	assert_int_equal(load_error(&x->sources), -ENOENT);
	assert_int_equal(write_text(x, "nsisolate.d/a.conf", POLICY("more")), 0);
	assert_int_equal(kept_save(&x->sources, &f), 0);
	expect_kept(&x->sources, "first");
	assert_int_equal(access(scratch_path(&x->s, 0, "state/policy/nsisolate.d/a.conf"), F_OK),
			 0);
	assert_int_equal(access(scratch_path(&x->s, 0, "state/policy.new"), F_OK), -1);
}

/* The files themselves are not read again. */
TEST(test_a_copy_outlasts_its_files)
{
	struct keeping *x = keeping_of(state);
	struct nsi_fail f = {""};

	assert_int_equal(kept_save(&x->sources, &f), 0);
	assert_int_equal(unlink(x->config), 0);
	expect_kept(&x->sources, "first");
}

TEST(test_another_policy_takes_its_place)
{
	struct keeping *x = keeping_of(state);
	struct nsi_fail f = {""};
	struct stat before, after;

	assert_int_equal(kept_save(&x->sources, &f), 0);
	assert_int_equal(stat(scratch_path(&x->s, 0, "state/policy"), &before), 0);
	assert_int_equal(kept_save(&x->sources, &f), 0); /* the same: nothing is written */
	assert_int_equal(stat(scratch_path(&x->s, 0, "state/policy"), &after), 0);
	assert_true(before.st_ino == after.st_ino);
	assert_int_equal(write_text(x, "nsisolate.conf", POLICY("second")), 0);
	assert_int_equal(kept_save(&x->sources, &f), 0);
	expect_kept(&x->sources, "second");
}

TEST(test_files_that_cannot_be_used_leave_the_copy_of_before)
{
	struct keeping *x = keeping_of(state);
	struct nsi_fail f = {""};

	assert_int_equal(kept_save(&x->sources, &f), 0);
	assert_int_equal(write_text(x, "nsisolate.conf", "version = 2;\n"), 0);
	assert_int_equal(kept_save(&x->sources, &f), -ESTALE);
	assert_string_equal(f.what, "the files have changed meanwhile");
	expect_kept(&x->sources, "first");
	assert_int_equal(access(scratch_path(&x->s, 0, "state/policy.new"), F_OK), -1);
}

TEST(test_a_copy_of_another_configuration_is_none)
{
	struct keeping *x = keeping_of(state);
	struct pol_sources other = x->sources;
	struct nsi_fail f = {""};

	assert_int_equal(kept_save(&x->sources, &f), 0);
	other.config = "/etc/other.conf";
	assert_int_equal(load_error(&other), -ENOENT);
	other.statedir = "/nowhere/at/all";
	assert_int_equal(load_error(&other), -ENOENT);
}

TEST(test_a_damaged_copy_is_none)
{
	static const char *const origins[] = {"", "nsisolate-policy 1 sum=", "nonsense\n",
					      "nsisolate-policy 1 sum=0 config=\n"};
	struct keeping *x = keeping_of(state);
	struct nsi_fail f = {""};

	assert_int_equal(kept_save(&x->sources, &f), 0);
	assert_int_equal(write_text(x, "state/policy/nsisolate.conf", "version = 1"), 0);
	assert_int_equal(load_error(&x->sources), 0); /* a text that is cut short, but whole */
	assert_int_equal(write_text(x, "state/policy/nsisolate.conf", "version = "), 0);
	assert_int_equal(load_error(&x->sources), -EINVAL);
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		assert_int_equal(write_text(x, "state/policy/origin", origins[i]), 0);
		assert_int_equal(load_error(&x->sources), -ENOENT);
	}
}

/* A file that others may write is not a policy. */
TEST(test_a_copy_must_be_roots)
{
	struct keeping *x = keeping_of(state);
	struct nsi_fail f = {""};

	assert_int_equal(kept_save(&x->sources, &f), 0);
	assert_int_equal(chmod(scratch_path(&x->s, 0, "state/policy/nsisolate.conf"), 0666), 0);
	assert_int_equal(load_error(&x->sources), -EINVAL);
	assert_int_equal(chmod(x->statedir, 0777), 0);
	assert_int_equal(load_error(&x->sources), -EPERM);
	assert_true(kept_save(&x->sources, &f) < 0);
	assert_true(f.what[0] != '\0');
}

/* A directory of a test's own, which need not be root's. */
static int open_scratch(struct scratch *s)
{
	int fd;

	assert_int_equal(scratch_make(s), 0);
	fd = open(s->top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

TEST(test_the_policy_in_force)
{
	struct scratch s;
	NSI_AUTO_FD int run = open_scratch(&s);
	struct in_force in = {.since = UINT64_MAX}, back = {.since = 0};

	assert_int_equal(in_force_read(run, &back), -ENOENT);
	for (int i = 0; i < IN_FORCE_MAX; i++) {
		in.state = (enum in_force_state)i;
		memset(in.config, 'a', sizeof(in.config) - 1); /* the longest, with a space in it */
		in.config[5] = ' ';
		assert_int_equal(in_force_write(run, &in), 0);
		assert_int_equal(in_force_read(run, &back), 0);
		assert_int_equal(back.state, i);
		assert_true(back.since == UINT64_MAX);
		assert_string_equal(back.config, in.config);
	}
	assert_string_equal(in_force_name(IN_FORCE_LAST_GOOD), "last-good");
	scratch_done(&s);
}

TEST(test_a_damaged_file_of_the_policy_in_force)
{
	static const char *const bad[] = {
		"",
		"\n",
		"nsisolate-in-force 2 state=none since=1 config=/a\n",
		"nsisolate-in-force 1 state=perhaps since=1 config=/a\n",
		"nsisolate-in-force 1 state=currentcurrentcurrent since=1 config=/a\n",
		"nsisolate-in-force 1 state=none since= config=/a\n",
		"nsisolate-in-force 1 state=none since=1 config=\n",
		"nsisolate-in-force 1 state=none since=1",
	};
	static char long_text[512];
	struct scratch s;
	NSI_AUTO_FD int run = open_scratch(&s);
	struct in_force back;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(scratch_write(&s, "policy", bad[i]), 0);
		assert_int_equal(in_force_read(run, &back), -EBADMSG);
	}
	memset(long_text, 'a', sizeof(long_text) - 1);
	assert_int_equal(scratch_write(&s, "policy", long_text), 0);
	assert_int_equal(in_force_read(run, &back), -E2BIG);
	scratch_done(&s);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_copy_comes_back),
		CASE(test_a_copy_outlasts_its_files),
		CASE(test_another_policy_takes_its_place),
		CASE(test_files_that_cannot_be_used_leave_the_copy_of_before),
		CASE(test_a_copy_of_another_configuration_is_none),
		CASE(test_a_damaged_copy_is_none),
		CASE(test_a_copy_must_be_roots),
		cmocka_unit_test(test_the_policy_in_force),
		cmocka_unit_test(test_a_damaged_file_of_the_policy_in_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
