/* SPDX-License-Identifier: MIT */
/* The draft: rows that grow, messages in order, and policies by name */
#include "tests/unit/policy/said.h"

struct drafting {
	struct draft d;
	struct pol_report report;
};

static int begin(void **state)
{
	static struct drafting x;

	x = (struct drafting){.report = {0}};
	*state = &x;
	return draft_init(&x.d, &x.report);
}

static int end(void **state)
{
	struct drafting *x = *state;

	draft_done(&x->d);
	policy_report_done(&x->report);
	return 0;
}

TEST(test_rows_stay_as_the_table_grows)
{
	struct draft *d = *state;

	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(draft_add(d, &d->strings, &i), i);
	assert_int_equal(d->strings.count, 1000);
	for (uint32_t i = 0; i < 1000; i++)
		assert_memory_equal(draft_row(&d->strings, i), &i, sizeof(i));
	assert_false(d->out_of_memory);
}

TEST(test_texts)
{
	struct draft *d = *state;
	pol_str a = draft_text(d, "a"), b = draft_text(d, "\xc3\xa4");

	assert_int_equal(draft_text(d, ""), 0);
	assert_string_equal(draft_str(d, 0), "");
	assert_string_equal(draft_str(d, a), "a");
	assert_string_equal(draft_str(d, b), "\xc3\xa4");
}

TEST(test_messages_come_in_the_order_of_files_and_lines)
{
	struct drafting *x = *state;
	struct draft *d = &x->d;
	pol_str one = draft_text(d, "one"), two = draft_text(d, "two");
	char got[256] = "", line[128];

	draft_error(d, (struct pol_where){two, 1}, "a");
	draft_warning(d, (struct pol_where){one, 9}, "b %d", 5);
	draft_error(d, (struct pol_where){one, 2}, "c");
	draft_error(d, (struct pol_where){one, 2}, "d");
	draft_error(d, (struct pol_where){one, 0}, "e");
	d->is_quiet = true;
	draft_error(d, (struct pol_where){one, 1}, "not to be seen");
	report_sort(&x->report);
	for (size_t i = 0; i < x->report.count; i++)
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s\n",
			       policy_message_format(&x->report.messages[i], line, sizeof(line)));
	assert_string_equal(got,
			    "one: error: e\none:2: error: c\none:2: error: d\none:9: warning: b "
			    "5\ntwo:1: error: a\n");
	assert_int_equal(x->report.errors, 4);
}

TEST(test_more_messages_than_are_kept_are_counted)
{
	struct drafting *x = *state;

	for (int i = 0; i < REPORT_KEPT_MAX + 5; i++)
		draft_error(&x->d, (struct pol_where){0, 1}, "a");
	assert_int_equal(x->report.count, REPORT_KEPT_MAX);
	assert_int_equal(x->report.errors, REPORT_KEPT_MAX + 5);
	policy_report_done(&x->report);
	assert_int_equal(x->report.count, 0);
	assert_null(x->report.messages);
}

TEST(test_a_place_is_cut_to_its_room)
{
	struct draft *d = *state;
	struct pol_where where = {draft_text(d, "/etc/conf"), 4294967295u};
	char whole[32], part[8];

	assert_string_equal(draft_where(d, where, whole, sizeof(whole)), "/etc/conf:4294967295");
	assert_string_equal(draft_where(d, where, part, sizeof(part)), "/etc/co");
}

static void add_policy(struct draft *d, const char *name, unsigned line)
{
	struct draft_policy p = {.row.where = {draft_text(d, "f"), line}};

	p.row.name = draft_text(d, name);
	(void)draft_add(d, &d->policies, &p);
}

TEST(test_policies_by_name)
{
	static const char *const names[] = {"base", "students", "Zoo", "a"};
	struct draft *d = *state;

	assert_int_equal(names_find(d, "base"), -1); /* there is no index yet */
	for (unsigned i = 0; i < SAID_COUNT(names); i++)
		add_policy(d, names[i], i + 1);
	names_index(d);
	for (unsigned i = 0; i < SAID_COUNT(names); i++)
		assert_int_equal(names_find(d, names[i]), i);
	assert_int_equal(names_find(d, "Base"), -1);
	assert_int_equal(names_find(d, "bas"), -1);
	assert_int_equal(names_find(d, ""), -1);
	assert_string_equal(names_suggest(d, "Base"), "base");
	assert_string_equal(names_suggest(d, "studnets"), "students");
	assert_null(names_suggest(d, "nothing-alike"));
	assert_null(names_suggest(d, "")); /* "a" is one letter away */
	assert_int_equal(d->report->count, 0);
}

TEST(test_a_name_that_two_policies_have)
{
	struct drafting *x = *state;
	char got[256];

	add_policy(&x->d, "Lab", 2);
	add_policy(&x->d, "other", 3);
	add_policy(&x->d, "lab", 4);
	names_index(&x->d);
	assert_string_equal(said_format(&x->report, got, sizeof(got)),
			    "4: error: policy 'lab' is defined twice: first at f:2");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_rows_stay_as_the_table_grows),
		CASE(test_texts),
		CASE(test_messages_come_in_the_order_of_files_and_lines),
		CASE(test_more_messages_than_are_kept_are_counted),
		CASE(test_a_place_is_cut_to_its_room),
		CASE(test_policies_by_name),
		CASE(test_a_name_that_two_policies_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
