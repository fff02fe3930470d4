/* SPDX-License-Identifier: MIT */
/* A policy that is edited is read before anybody logs in, and without inotify(7) by whoever does */
#include "tests/unit/faults.h"
#include "tests/unit/load/policy_files.h"

static struct watch watch;

static int begin(void **state)
{
	struct fixture *x;

	if (set_up(state) < 0)
		return -1;
	x = *state;
	return scratch_write(&x->s, "test.conf", POLICY("first"));
}

static int end(void **state)
{
	struct fixture *x = *state;

	loop_disarm(&x->loop, &watch.settle);
	if (watch.events.fd >= 0)
		(void)close(watch.events.fd);
	end_work(&x->loader.keeper);
	return tear_down(state);
}

static void load_first(struct fixture *x)
{
	faults_check(!loader_refresh(&x->loader), "there is nothing to read");
	let_end(x);
}

TEST(test_a_file_that_is_written_is_read)
{
	struct fixture *x = *state;

	if (geteuid() != 0)
		skip();
	watch_start(&watch, &x->loop, &x->loader);
	load_first(x);
	assert_int_equal(scratch_write(&x->s, "test.conf", POLICY("second")), 0);
	x->loop.stop = false;
	assert_int_equal(loop_run(&x->loop, wait_on), 0); /* nobody asks for it */
	assert_string_equal(policy_str(x->loader.image, policy_get(x->loader.image, 0)->name),
			    "second");
}

TEST(test_a_directory_that_has_come_is_watched_too)
{
	struct fixture *x = *state;

	if (geteuid() != 0)
		skip();
	watch_start(&watch, &x->loop, &x->loader);
	load_first(x);
	for (unsigned i = 1; i <= 2; i++) { /* by the directory above it, and by its own */
		const char *name = i == 1 ? "test.d/10.conf" : "test.d/20.conf";

		assert_int_equal(
			scratch_write(
				&x->s, name,
				i == 1 ? "policies = { b = { namespaces = [ \"mount\" ]; }; };\n"
				       : "policies = { c = { namespaces = [ \"mount\" ]; }; };\n"),
			0);
		while (x->loader.image->table[POL_TABLE_POLICIES].count != i + 1) {
			x->loop.stop = false;
			assert_int_equal(loop_run(&x->loop, wait_on), 0);
		}
	}
}

static void start_refused(void *arg)
{
	static const int calls[] = {SYS_inotify_init1, SYS_inotify_add_watch};
	struct fixture *x = arg;

	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		faults_refuse(calls[i], EMFILE);
		watch_start(&watch, &x->loop, &x->loader);
	}
	load_first(x);
	faults_check(x->loader.image != NULL, "no policy is read");
	faults_check(scratch_write(&x->s, "test.conf", POLICY("second")) == 0, "no file");
	load_first(x);
	faults_check(strcmp(policy_str(x->loader.image, policy_get(x->loader.image, 0)->name),
			    "second") == 0,
		     "the login gets the one before");
}

TEST(test_without_a_watch_each_login_looks)
{
	if (geteuid() != 0)
		skip();
	watch.events.fd = -1;
	faults_apart(start_refused, *state);
}

static void start(struct faults *f)
{
	struct fixture *x = f->arg;

	faults_begin(f);
	watch_start(&watch, &x->loop, &x->loader);
	faults_end(f);
	loop_remove(&x->loop, &watch.events);
	if (watch.events.fd >= 0)
		(void)close(watch.events.fd);
}

TEST(test_a_watch_that_cannot_be_added_leaves_no_descriptor)
{
	faults_sweep(start, *state, 1);
	watch.events.fd = -1;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_file_that_is_written_is_read),
		CASE(test_a_directory_that_has_come_is_watched_too),
		CASE(test_without_a_watch_each_login_looks),
		CASE(test_a_watch_that_cannot_be_added_leaves_no_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
