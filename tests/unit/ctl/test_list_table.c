/* SPDX-License-Identifier: MIT */
/* The tables of "list": which columns they have, and which names of columns are refused */
#include "tests/unit/ctl/rows.h"

static struct output o;

static int print(const char *columns, bool headings)
{
	int code;

	output_begin(&o);
	code = columns ? list_print_columns(rows, 2, columns, headings)
		       : list_print_tables(rows, 2, headings);
	output_end(&o);
	return code;
}

TEST(test_columns_stand_in_the_order_that_is_asked_for)
{
	rows_make();
	assert_int_equal(print("user,SET, policy", true), CTL_OK);
	assert_string_equal(output_cells(&o), "USER SET POLICY\nalice 7 lab\nbob 12 shop\n");
	assert_int_equal(print("user", false), CTL_OK);
	assert_string_equal(output_cells(&o), "alice\nbob\n");
}

TEST(test_a_row_is_a_session_or_a_directory_where_a_column_is_of_one)
{
	rows_make();
	assert_int_equal(print("set,pid,tty", false), CTL_OK);
	assert_string_equal(output_cells(&o), "7 99 pts/1\n");
	assert_int_equal(print("set,directory,used,size", false), CTL_OK);
	assert_string_equal(output_cells(&o), "7 /tmp 4.0K 1.0M\n7 /var/tmp 2.0K+ -\n");
}

TEST(test_wrong_columns_are_refused_with_a_sentence)
{
	static const struct {
		const char *columns, *says;
	} wrong[] = {
		{"set,frobnicate", "nsisolate: there is no column frobnicate\n"},
		{"pid,directory", "nsisolate: columns of sessions and columns of directories "
				  "cannot be in one table\n"},
		{",", "nsisolate: --output takes the names of columns: nsisolate list --help\n"},
		{"", "nsisolate: --output takes the names of columns: nsisolate list --help\n"},
		{"set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,"
		 "set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,"
		 "set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,set,"
		 "set,set,set,set,set",
		 "nsisolate: too many columns\n"},
	};

	rows_make();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(print(wrong[i].columns, true), CTL_USAGE);
		assert_string_equal(o.out, "");
		assert_string_equal(o.err, wrong[i].says);
	}
}

TEST(test_the_tables_have_a_column_only_for_what_some_set_has)
{
	rows_make();
	assert_int_equal(print(NULL, true), CTL_OK);
	expect_text(output_cells(&o), "SET USER UID POLICY SCOPE JOB STATE PROCS");
	expect_text(o.out, "MNT NET NETWORK ADDRESS\n");
	expect_text(o.out, "\n\nSET USER PID SERVICE TTY SINCE\n");
	expect_text(o.out, "\n\nSET DIRECTORY METHOD");
	rows_views[0].rec.job_id = rows_views[0].rec.dir_count = rows_views[0].session_count = 0;
	rows_views[0].rec.types = ns_bit(NS_UTS);
	text_fmt(rows[0].network.mode, sizeof(rows[0].network.mode), "host");
	assert_int_equal(print(NULL, true), CTL_OK);
	assert_null(strstr(o.out, "\n\n"));
	assert_null(strstr(o.out, "NETWORK"));
	expect_text(output_cells(&o), "POLICY SCOPE STATE PROCS");
	expect_text(o.out, "MNT UTS\n");
	rows_views[0].is_own = true;
	assert_int_equal(print(NULL, true), CTL_OK);
	expect_text(output_cells(&o), "IPC UTS\n");
}

TEST(test_no_set_is_said_only_with_headings)
{
	output_begin(&o);
	assert_int_equal(list_print_tables(NULL, 0, true), CTL_OK);
	output_end(&o);
	assert_string_equal(o.out, "no live sets\n");
	output_begin(&o);
	assert_int_equal(list_print_tables(NULL, 0, false), CTL_OK);
	output_end(&o);
	assert_string_equal(o.out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_stand_in_the_order_that_is_asked_for),
		cmocka_unit_test(test_a_row_is_a_session_or_a_directory_where_a_column_is_of_one),
		cmocka_unit_test(test_wrong_columns_are_refused_with_a_sentence),
		cmocka_unit_test(test_the_tables_have_a_column_only_for_what_some_set_has),
		cmocka_unit_test(test_no_set_is_said_only_with_headings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
