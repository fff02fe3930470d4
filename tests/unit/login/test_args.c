/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base/fail.h"
#include "login/args.h"
#include "tests/unit/test.h"
#include "wire/wire.h"

static int parse(const char *const *argv, int argc, struct module_args *args, struct nsi_fail *f)
{
	*f = (struct nsi_fail){""};
	return args_parse(argc, (const char **)(uintptr_t)argv, args, f);
}

static int parse_one(const char *arg, struct module_args *args, struct nsi_fail *f)
{
	return parse(&arg, 1, args, f);
}

TEST(test_without_arguments_all_is_built_in)
{
	struct module_args args;
	struct nsi_fail f;

	assert_int_equal(parse(NULL, 0, &args, &f), 0);
	assert_string_equal(args.config, NSI_CONFIG);
	assert_string_equal(args.rundir, NSI_RUNDIR);
	assert_string_equal(args.statedir, NSI_STATEDIR);
	assert_string_equal(args.helper, NSI_HELPER);
	assert_int_equal(args.timeout, 10);
	assert_false(args.allow || args.isolate_root || args.debug);
}

TEST(test_a_mistake_leaves_the_others_known)
{
	static const char *const argv[] = {"rundir=/b",    "bogus", "timeout=0",
					   "isolate_root", "debug", "debug"};
	struct module_args args;
	struct nsi_fail f;

	assert_int_equal(parse(argv, 6, &args, &f), -EINVAL);
	assert_non_null(strstr(f.what, "bogus"));
	assert_string_equal(args.rundir, "/b");
	assert_string_equal(args.config, NSI_CONFIG);
	assert_int_equal(args.timeout, 10);
	assert_true(args.isolate_root && args.debug);
}

TEST(test_each_argument_is_taken)
{
	static const char *const argv[] = {
		"config=/a",  "rundir=/b",      "statedir=/c",  "helper=/d",
		"timeout=30", "on_error=allow", "isolate_root", "debug",
	};
	struct module_args args;
	struct nsi_fail f;

	assert_int_equal(parse(argv, 8, &args, &f), 0);
	assert_string_equal(args.config, "/a");
	assert_string_equal(args.rundir, "/b");
	assert_string_equal(args.statedir, "/c");
	assert_string_equal(args.helper, "/d");
	assert_int_equal(args.timeout, 30);
	assert_true(args.allow && args.isolate_root && args.debug);
	assert_int_equal(parse_one("on_error=deny", &args, &f), 0);
	assert_false(args.allow);
}

TEST(test_what_is_unknown_is_an_error_and_nothing_else)
{
	static const char *const bad[] = {
		"",
		"confg=/a",
		"config",
		"CONFIG=/a",
		" debug",
		"debug=1",
		"debugging",
		"isolate_root=0",
		"isolate-root",
		"on_error",
		"on-error=allow",
		"no_isolate_root",
		"timeout",
		"=",
	};
	struct module_args args;
	struct nsi_fail f;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse_one(bad[i], &args, &f), -EINVAL);
		assert_non_null(strstr(f.what, "unknown argument"));
		assert_int_equal(args.timeout, 10);
		assert_false(args.allow || args.isolate_root || args.debug);
	}
	assert_int_equal(parse_one("a\nb", &args, &f), -EINVAL);
	assert_string_equal(f.what, "unknown argument a\\x0ab; see pam_nsisolate(8)");
}

TEST(test_what_is_doubled_is_an_error)
{
	static const char *const pairs[][2] = {
		{"debug", "debug"},
		{"config=/a", "config=/a"},
		{"on_error=deny", "on_error=allow"},
		{"timeout=1", "timeout=2"},
	};
	struct module_args args;
	struct nsi_fail f;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_int_equal(parse(pairs[i], 2, &args, &f), -EINVAL);
		assert_non_null(strstr(f.what, "twice"));
	}
}

TEST(test_values_are_held_to_their_form)
{
	static const char *const bad[] = {
		"config=",
		"config=a",
		"rundir=./a",
		"statedir=",
		"helper=sh",
		"timeout=",
		"timeout=0",
		"timeout=-1",
		"timeout=601",
		"timeout=1s",
		"timeout=0x1",
		"timeout= 1",
		"on_error=",
		"on_error=Allow",
		"on_error=allow ",
		"on_error=1",
		"timeout=18446744073709551617",
	};
	struct module_args args;
	struct nsi_fail f;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse_one(bad[i], &args, &f), -EINVAL);
		assert_non_null(strstr(f.what, " wants "));
	}
	assert_int_equal(parse_one("timeout=600", &args, &f), 0);
	assert_int_equal(args.timeout, 600);
}

/* A path that does not fit the wire would be another path there. */
TEST(test_paths_are_as_long_as_the_wire_takes)
{
	char arg[NSI_PATH_SIZE + 16] = "config=/";
	struct module_args args;
	struct nsi_fail f;

	memset(arg + 8, 'a', NSI_PATH_SIZE - 2);
	arg[7 + NSI_PATH_SIZE - 1] = '\0';
	assert_int_equal(parse_one(arg, &args, &f), 0);
	assert_int_equal(strlen(args.config), NSI_PATH_SIZE - 1);
	arg[7 + NSI_PATH_SIZE - 1] = 'a';
	arg[7 + NSI_PATH_SIZE] = '\0';
	assert_int_equal(parse_one(arg, &args, &f), -EINVAL);
}

TEST(test_halves_of_a_session)
{
	const char *const both[] = {"open", "close"};
	struct module_args args;
	struct nsi_fail f;

	assert_int_equal(parse_one("open", &args, &f), 0);
	assert_true(args.only_open && !args.only_close);
	assert_int_equal(parse_one("close", &args, &f), 0);
	assert_true(args.only_close && !args.only_open);
	assert_int_equal(parse(both, 2, &args, &f), -EINVAL);
	assert_non_null(strstr(f.what, "two lines"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_halves_of_a_session),
		cmocka_unit_test(test_without_arguments_all_is_built_in),
		cmocka_unit_test(test_a_mistake_leaves_the_others_known),
		cmocka_unit_test(test_each_argument_is_taken),
		cmocka_unit_test(test_what_is_unknown_is_an_error_and_nothing_else),
		cmocka_unit_test(test_what_is_doubled_is_an_error),
		cmocka_unit_test(test_values_are_held_to_their_form),
		cmocka_unit_test(test_paths_are_as_long_as_the_wire_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
