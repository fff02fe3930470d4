/* SPDX-License-Identifier: MIT */
/* Messages, numbers for people, and JSON of the command */
#include "ctl/say.h"

#include <errno.h>
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <time.h>

#include "base/fail.h"
#include "tests/unit/ctl/output.h"

static struct output o;

TEST(test_sizes)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} sizes[] = {
		{0, "0"},
		{1023, "1023"},
		{1024, "1.0K"},
		{10188, "9.9K"},
		{10189, "10K"},
		{1023 * 1024, "1023K"},
		{1024 * 1024 - 1, "1.0M"},
		{UINT64_C(1) << 40, "1.0T"},
		{UINT64_MAX, "16E"},
	};
	char buf[16];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_string_equal(say_size(buf, sizes[i].bytes), sizes[i].text);
}

TEST(test_times_are_local)
{
	char buf[32];

	(void)setenv("TZ", "UTC-2", 1);
	tzset();
	assert_string_equal(say_time(buf, 86400), "1970-01-02 02:00");
	(void)setenv("TZ", "UTC", 1);
	tzset();
	assert_string_equal(say_time(buf, 86400), "1970-01-02 00:00");
}

TEST(test_a_failure_is_one_sentence_and_an_exit_code)
{
	const struct nsi_fail f = {"cannot open the door"}, none = {""};

	output_begin(&o);
	assert_int_equal(say_fail(-EACCES, &f), CTL_NOT_PERMITTED);
	assert_int_equal(say_fail(-EPERM, &none), CTL_NOT_PERMITTED);
	assert_int_equal(say_fail(-EIO, &none), CTL_SYSTEM);
	assert_int_equal(say_need_root("gc"), CTL_NOT_PERMITTED);
	say_progress("measuring ..."); /* not where standard error is no terminal */
	output_end(&o);
	assert_string_equal(o.err, "nsisolate: cannot open the door\n"
				   "nsisolate: Operation not permitted\n"
				   "nsisolate: Input/output error\n"
				   "nsisolate: gc needs root\n");
}

TEST(test_colours_are_for_terminals)
{
	(void)setenv("TERM", "xterm", 1);
	output_begin(&o);
	assert_false(say_has_colour(stdout));
	output_end(&o);
}

TEST(test_json)
{
	json_t *answer = json_answer();

	(void)json_object_set_new(answer, "text", json_text("a\xfe"));
	(void)json_object_set_new(answer, "null", json_number(false, 7));
	(void)json_object_set_new(answer, "zero", json_number(true, 0));
	(void)json_object_set_new(answer, "none", json_count(0));
	(void)json_object_set_new(answer, "some", json_count(9));
	output_begin(&o);
	assert_int_equal(json_print(answer), CTL_OK);
	assert_int_equal(json_print(NULL), CTL_SYSTEM);
	output_end(&o);
	assert_string_equal(o.out,
			    "{\n  \"version\": 1,\n  \"text\": \"a\\\\xfe\",\n  \"null\": null,\n"
			    "  \"zero\": 0,\n  \"none\": null,\n  \"some\": 9\n}\n");
	assert_string_equal(o.err, "nsisolate: cannot print JSON\n");
}

TEST(test_an_empty_cell_of_a_table_is_a_dash)
{
	static const struct grid_column heads[] = {{.name = "A"}, {.name = "B", .is_right = true}};
	const char *cells[] = {"", NULL};
	struct libscols_table *t = grid_new(heads, 2, true);

	assert_non_null(t);
	assert_int_equal(grid_row(t, cells, 2, (bool[]){true, false}), 0);
	output_begin(&o);
	assert_int_equal(grid_print(t, 0), CTL_OK);
	output_end(&o);
	assert_string_equal(output_cells(&o), "A B\n- -\n");
}

TEST(test_a_table_that_could_not_be_made_is_reported)
{
	static const struct grid_column heads[] = {{.name = "A"}};

	output_begin(&o);
	assert_int_equal(grid_print(NULL, 0), CTL_SYSTEM);
	assert_int_equal(grid_print(grid_new(heads, 1, true), -ENOMEM), CTL_SYSTEM);
	output_end(&o);
	assert_string_equal(o.out, "");
	assert_string_equal(o.err,
			    "nsisolate: cannot make the table\nnsisolate: cannot make the table\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_times_are_local),
		cmocka_unit_test(test_a_failure_is_one_sentence_and_an_exit_code),
		cmocka_unit_test(test_colours_are_for_terminals),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_an_empty_cell_of_a_table_is_a_dash),
		cmocka_unit_test(test_a_table_that_could_not_be_made_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
