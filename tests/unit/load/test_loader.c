/* SPDX-License-Identifier: MIT */
/* The policy in force stays until there is a better one; without one there is none. */
#include "policy/kept.h"
#include "tests/unit/faults.h"
#include "tests/unit/load/policy_files.h"
#include "tests/unit/logged.h"

#ifdef SYS_socketcall /* by which the C library of i386 does it */
#define SOCKETPAIR_CALL SYS_socketcall
#else
#define SOCKETPAIR_CALL SYS_socketpair
#endif

static const char *policy_name(const struct fixture *x)
{
	return x->loader.image ? policy_str(x->loader.image, policy_get(x->loader.image, 0)->name)
			       : "";
}

static enum in_force_state announced(const struct fixture *x)
{
	struct in_force in_force;

	assert_int_equal(in_force_read(x->host.run_fd, &in_force), 0);
	assert_string_equal(in_force.config, x->host.config);
	return in_force.state;
}

TEST(test_without_a_file_there_is_no_policy_and_that_is_said_once)
{
	struct fixture *x = *state;

	assert_false(loader_refresh(&x->loader));
	let_end(x);
	assert_null(x->loader.image);
	assert_int_equal(announced(x), IN_FORCE_NONE);
	assert_true(loader_refresh(&x->loader)); /* nothing has changed: it is settled */
	assert_int_equal(x->done, 1);
}

TEST(test_a_file_is_read_when_it_has_come)
{
	struct fixture *x = *state;

	if (geteuid() != 0)
		skip(); /* the loader trusts files of root's alone */
	assert_false(loader_refresh(&x->loader));
	let_end(x);
	assert_int_equal(scratch_write(&x->s, "test.conf", POLICY("first")), 0);
	assert_false(loader_refresh(&x->loader));
	let_end(x);
	assert_string_equal(policy_name(x), "first");
	assert_int_equal(announced(x), IN_FORCE_CURRENT);
	assert_true(loader_refresh(&x->loader));
	loader_invalidate(&x->loader);
	assert_false(loader_refresh(&x->loader));
	let_end(x);
	assert_int_equal(x->done, 3);
}

TEST(test_a_broken_file_leaves_the_last_good_policy)
{
	struct fixture *x = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(scratch_write(&x->s, "test.conf", POLICY("first")), 0);
	assert_false(loader_refresh(&x->loader));
	let_end(x);
	assert_int_equal(scratch_write(&x->s, "test.conf", "version = 1;\npolicies = { broken"), 0);
	assert_false(loader_refresh(&x->loader));
	let_end(x);
	assert_string_equal(policy_name(x), "first");
	assert_int_equal(announced(x), IN_FORCE_LAST_GOOD);
	assert_int_equal(scratch_write(&x->s, "test.conf", POLICY("second")), 0);
	assert_false(loader_refresh(&x->loader));
	let_end(x);
	assert_string_equal(policy_name(x), "second");
	assert_int_equal(announced(x), IN_FORCE_CURRENT);
}

TEST(test_a_child_that_dies_leaves_the_last_good_policy)
{
	struct fixture *x = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(scratch_write(&x->s, "test.conf", POLICY("first")), 0);
	assert_false(loader_refresh(&x->loader));
	let_end(x);
	for (int i = 0; i < 100 && announced(x) != IN_FORCE_LAST_GOOD; i++) {
		loader_invalidate(&x->loader);
		assert_false(loader_refresh(&x->loader));
		work_kill(&x->loader.work); /* on a busy machine it may have answered by now */
		let_end(x);
		assert_string_equal(policy_name(x), "first");
	}
	assert_int_equal(announced(x), IN_FORCE_LAST_GOOD);
}

TEST(test_groups_that_are_known_are_not_looked_up_again)
{
	struct fixture *x = *state;

	assert_false(loader_look_again(&x->loader)); /* there is no policy */
	if (geteuid() != 0)
		skip();
	assert_int_equal(scratch_write(&x->s, "test.conf", POLICY("first")), 0);
	assert_false(loader_refresh(&x->loader));
	assert_true(loader_look_again(&x->loader)); /* one is being read anyway */
	let_end(x);
	assert_false(loader_look_again(&x->loader));
}

/* The policy of the file and its drop-in, whole; or none, with a sentence. */
static void check_load(struct fixture *x, const char *log)
{
	const bool is_whole =
		x->loader.image && x->loader.image->table[POL_TABLE_POLICIES].count == 2;

	faults_check(!x->loader.image || is_whole, "a part of the policy is taken for all: %s",
		     log);
	faults_check(x->loader.image || strstr(log, "<3>"), "there is none, and nobody is told: %s",
		     log);
}

static void load(struct faults *f)
{
	struct fixture *x = f->arg;
	struct logged logged;
	const char *log;
	int r = 0;

	logged_begin(&logged);
	faults_begin(f);
	if (!loader_refresh(&x->loader))
		r = loop_run(&x->loop, wait_on);
	faults_end(f);
	end_work(&x->loader.keeper);
	end_work(&x->loader.work);
	log = logged_end(&logged);
	f->fds -= 2; /* the log has two */
	if (r == 0 && (f->shared->failed == -1 ||
		       f->shared->error != ENOENT)) /* of a file, it says that there is none */
		check_load(x, log);
}

struct refused {
	struct fixture *x;
	int call;
	const char *sentence;
};

static void load_refused(void *arg)
{
	const struct refused *refused = arg;
	struct fixture *x = refused->x;
	struct logged logged;
	const char *log;

	logged_begin(&logged);
	faults_refuse(refused->call, EPERM);
	(void)loader_refresh(&x->loader);
	(void)loop_run(&x->loop, wait_on);
	log = logged_end(&logged);
	faults_check(!x->loader.image, "it is read all the same");
	faults_check(strstr(log, refused->sentence), "no \"%s\": %s", refused->sentence, log);
}

TEST(test_a_loader_that_cannot_be_confined_says_so)
{
	const struct refused refused[] = {
		{*state, SYS_prlimit64, "cannot read the policy: cannot limit the loader"},
		{*state, SYS_capset, "cannot read the policy: cannot reduce capabilities"},
		{*state, SOCKETPAIR_CALL, "cannot read the policy: cannot make a socket"},
	};

	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		faults_apart(load_refused, (void *)(uintptr_t)&refused[i]);
}

TEST(test_a_policy_is_read_whole_or_not_with_a_sentence)
{
	struct fixture *x = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(scratch_write(&x->s, "test.conf", POLICY("first")), 0);
	assert_int_equal(
		scratch_write(&x->s, "test.d/10.conf",
			      "policies = { second = { namespaces = [ \"mount\" ]; }; };\n"),
		0);
	faults_sweep(load, x, 97);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_without_a_file_there_is_no_policy_and_that_is_said_once),
		CASE(test_a_file_is_read_when_it_has_come),
		CASE(test_a_broken_file_leaves_the_last_good_policy),
		CASE(test_a_child_that_dies_leaves_the_last_good_policy),
		CASE(test_groups_that_are_known_are_not_looked_up_again),
		CASE(test_a_loader_that_cannot_be_confined_says_so),
		CASE(test_a_policy_is_read_whole_or_not_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
