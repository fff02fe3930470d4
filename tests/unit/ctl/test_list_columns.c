/* SPDX-License-Identifier: MIT */
/* The columns of "list", and what stands in their cells */
#include <errno.h>

#include "base/nstype.h"
#include "tests/unit/ctl/rows.h"

static void expect_cell(int row, const char *column, const char *value)
{
	char cell[LIST_CELL_SIZE] = "untouched";

	assert_int_equal(list_cell(&rows[row], column, cell), 0);
	if (strcmp(cell, value) != 0)
		fail_msg("%s of row %d is '%s', not '%s'", column, row, cell, value);
}

TEST(test_each_cell_of_a_set)
{
	static const struct {
		const char *column, *alice, *bob;
	} cells[] = {
		{"SET", "7", "12"},        {"user", "alice", "bob"},
		{"UID", "2001", "2003"},   {"GID", "2002", "0"},
		{"POLICY", "lab", "shop"}, {"SCOPE", "user", "user"},
		{"JOB", "slurm-5", ""},    {"STATE", "live", "orphaned"},
		{"STALE", "stale", ""},    {"SESSIONS", "1", "0"},
		{"PROCS", "12", "0"},      {"ALLUSED", "6.0K+", ""},
		{"TASKS", "5/100", ""},    {"MEMORY", "1.0M/2.0M", ""},
		{"HOSTNAME", "cell", ""},  {"RULE", "/etc/x.conf:3", ""},
		{"VIEW", "mended", ""},    {"ANCHOR", "77", ""},
		{"MNT", "4026532001", ""}, {"NET", "4026532002", ""},
		{"NETWORK", "nat", ""},    {"ADDRESS", "10.1.0.2/24,fd00::2/64", ""},
	};

	rows_make();
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		expect_cell(0, cells[i].column, cells[i].alice);
		expect_cell(1, cells[i].column, cells[i].bob);
	}
	expect_cell(0, "CREATED", "1970-01-02 00:00");
	expect_cell(1, "CREATED", "");
	rows_views[0].rec.view_lost = 1;
	expect_cell(0, "VIEW", "lost");
	rows[0].network.address[0][0] = '\0';
	expect_cell(0, "ADDRESS", "fd00::2/64");
}

TEST(test_what_an_ordinary_user_cannot_know_is_empty)
{
	rows_make();
	rows_views[1].is_own = true;
	rows_views[1].state = VIEW_DEAD; /* which nobody has judged */
	expect_cell(1, "STATE", "live");
	expect_cell(1, "SESSIONS", "");
	expect_cell(1, "SCOPE", "-");
}

TEST(test_bytes_that_a_terminal_obeys_are_escaped)
{
	rows_make();
	text_fmt(rows_views[0].rec.policy, RECORD_WORD, "a\033[2Jb");
	expect_cell(0, "POLICY", "a\\x1b[2Jb");
}

TEST(test_columns_of_sessions_and_directories_are_no_cells_of_a_set)
{
	static const char *const none[] = {"PID",    "SERVICE", "TTY",  "SINCE", "DIRECTORY",
					   "METHOD", "USED",    "SIZE", "NONE",  ""};
	char cell[LIST_CELL_SIZE];

	rows_make();
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_false(list_has_cell(none[i]));
		assert_int_equal(list_cell(&rows[0], none[i], cell), -ENOENT);
	}
	assert_true(list_has_cell("set"));
}

TEST(test_a_session_of_another_user_has_the_name_of_that_user)
{
	struct column c;
	char cell[LIST_CELL_SIZE] = "";

	rows_make();
	rows_session.uid = 0;
	assert_true(column_find("user", &c));
	c.fill(&(struct subject){.of = &rows[0], .session = &rows_session, .dir = -1}, c.arg, cell);
	assert_string_equal(cell, "root");
	rows_session.uid = 4000000000; /* whose account is gone */
	c.fill(&(struct subject){.of = &rows[0], .session = &rows_session, .dir = -1}, c.arg, cell);
	assert_string_equal(cell, "");
}

TEST(test_a_method_of_a_later_version_is_empty)
{
	assert_string_equal(list_method(&(struct record_dir){.method = 200}), "");
	assert_string_equal(list_method(&(struct record_dir){.method = POL_METHOD_TMPFS}), "tmpfs");
}

TEST(test_every_type_of_namespaces_has_a_column)
{
	struct column c;

	for (int type = 0; type < NS_TYPE_MAX; type++) {
		assert_true(column_find(ns_types[type].column, &c));
		assert_int_equal(c.arg, type);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_cell_of_a_set),
		cmocka_unit_test(test_what_an_ordinary_user_cannot_know_is_empty),
		cmocka_unit_test(test_bytes_that_a_terminal_obeys_are_escaped),
		cmocka_unit_test(test_columns_of_sessions_and_directories_are_no_cells_of_a_set),
		cmocka_unit_test(test_a_session_of_another_user_has_the_name_of_that_user),
		cmocka_unit_test(test_a_method_of_a_later_version_is_empty),
		cmocka_unit_test(test_every_type_of_namespaces_has_a_column),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
