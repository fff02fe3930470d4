/* SPDX-License-Identifier: MIT */
/* Calls of nsisolate-limits: the words that it gets, and what its answer becomes */
#include <inttypes.h>

#include "tests/unit/cgroup/system.h"

TEST(test_a_call_begins_with_the_program_and_the_verb)
{
	struct bus_call c = {.count = 9};

	bus_begin(&c, "get");
	bus_add(&c, "user-%d.slice", 1000);
	assert_int_equal(c.count, 3);
	assert_string_equal(c.args[0], "nsisolate-limits");
	assert_string_equal(c.args[1], "get");
	assert_string_equal(c.args[2], "user-1000.slice");
}

TEST(test_a_call_has_no_more_words_than_there_is_room_for)
{
	struct bus_call c;
	char word[2 * BUS_ARG];

	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	bus_begin(&c, "set");
	for (int i = 0; i < 2 * BUS_ARGS; i++)
		bus_add(&c, "%s", word);
	assert_int_equal(c.count, BUS_ARGS);
	assert_string_equal(c.args[1], "set");
	assert_int_equal(strlen(c.args[BUS_ARGS - 1]), BUS_ARG - 1);
}

/* Runs "get a 'b c'" with this program behind it, for two numbers. */
static int get(const char *program, uint64_t ret[2], struct nsi_fail *f)
{
	struct bus_call c;

	system_write("on-get", program);
	bus_begin(&c, "get");
	bus_add(&c, "a");
	bus_add(&c, "b c");
	return bus_run(&c, ret, 2, "the limits of alice", f);
}

TEST(test_numbers_come_back_a_line_each)
{
	struct nsi_fail f = {""};
	uint64_t values[2] = {0, 0};

	assert_int_equal(get("echo 5; echo 18446744073709551615", values, &f), 0);
	assert_true(values[0] == 5 && values[1] == UINT64_MAX);
	assert_string_equal(system_read("calls"), "get a b c\n");
	assert_string_equal(f.what, "");
}

TEST(test_an_answer_that_is_no_number_is_in_the_sentence)
{
	struct nsi_fail f = {""};
	uint64_t values[2];

	assert_int_equal(get("echo 5; echo many", values, &f), -EBADMSG);
	assert_string_equal(f.what, "the limits of alice: systemd answers \"many\"");
	f.what[0] = '\0';
	assert_int_equal(get("echo 18446744073709551616; echo 1", values, &f), -EBADMSG);
	f.what[0] = '\0';
	assert_int_equal(get("echo 5", values, &f), -EBADMSG);
	assert_string_equal(f.what, "the limits of alice: systemd answers \"\"");
}

TEST(test_what_systemd_says_of_a_failure_is_in_the_sentence)
{
	struct nsi_fail f = {""};
	uint64_t values[2];

	assert_int_equal(get("echo 'Unit not found.' >&2; echo more; exit 1", values, &f), -EIO);
	assert_string_equal(f.what, "the limits of alice: systemd says: Unit not found.");
	f.what[0] = '\0';
	assert_int_equal(get("exit 1", values, &f), -EIO);
	assert_string_equal(f.what, "the limits of alice: systemd says: nothing");
	f.what[0] = '\0';
	assert_int_equal(get("kill -9 $$", values, &f), -EIO);
	assert_string_equal(f.what, "the limits of alice: systemd says: nothing");
}

/* More than is read of it, and more than a pipe holds. */
TEST(test_a_long_answer_does_not_block)
{
	struct nsi_fail f = {""};
	uint64_t values[2];

	assert_int_equal(get("head -c 200000 /dev/zero | tr '\\0' x; exit 1", values, &f), -EIO);
	assert_int_equal(strlen(f.what), strlen("the limits of alice: systemd says: ") + 150);
}

TEST(test_the_program_has_an_environment_of_its_own_and_no_input)
{
	struct nsi_fail f = {""};
	uint64_t values[2] = {0, 0};

	assert_int_equal(
		get("[ \"$LC_ALL\" != C ] || echo 5; echo ${NSI_TEST_TOP:-7}; cat", values, &f), 0);
	assert_int_equal(values[0], 5);
	assert_int_equal(values[1], 7);
}

TEST(test_a_program_that_is_not_there_is_named)
{
	struct nsi_fail f = {""};
	uint64_t values[2];

	assert_int_equal(unlink(scratch_path(&system_s, 0, "nsisolate-limits")), 0);
	assert_int_equal(get("", values, &f), -ENOENT);
	assert_string_equal(f.what, "the limits of alice: nsisolate-limits cannot be run; it is "
				    "built where libsystemd is, and lies beside the helper");
}

#define SYSTEM_TEST(name) cmocka_unit_test_setup_teardown(name, system_begin, system_end)

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_call_begins_with_the_program_and_the_verb),
		cmocka_unit_test(test_a_call_has_no_more_words_than_there_is_room_for),
		SYSTEM_TEST(test_numbers_come_back_a_line_each),
		SYSTEM_TEST(test_an_answer_that_is_no_number_is_in_the_sentence),
		SYSTEM_TEST(test_what_systemd_says_of_a_failure_is_in_the_sentence),
		SYSTEM_TEST(test_a_long_answer_does_not_block),
		SYSTEM_TEST(test_the_program_has_an_environment_of_its_own_and_no_input),
		SYSTEM_TEST(test_a_program_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	(void)argc;
	return system_main(argv, run);
}
