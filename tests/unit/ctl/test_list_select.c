/* SPDX-License-Identifier: MIT */
/* Choice and order of the sets that "list" shows */
#include "base/proc.h"
#include "tests/unit/ctl/rows.h"

static struct output o;
static unsigned count;

static int choose(const struct ctl *ctl, const char *operand)
{
	int code;

	count = 2;
	rows_make();
	output_begin(&o);
	code = list_select(ctl, operand, rows, &count);
	output_end(&o);
	return code;
}

static void expect_only(uint64_t id)
{
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].view->rec.id, id);
}

TEST(test_by_operand)
{
	assert_int_equal(choose(&(struct ctl){0}, "12"), CTL_OK);
	expect_only(12);
	assert_int_equal(choose(&(struct ctl){0}, "13"), CTL_OK);
	assert_int_equal(count, 0);
	assert_int_equal(choose(&(struct ctl){0}, "root"), CTL_OK);
	assert_int_equal(count, 0);
	assert_int_equal(choose(&(struct ctl){0}, "no-such-user"), CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: there is no user no-such-user\n");
}

TEST(test_by_policy_and_by_the_value_of_a_column)
{
	assert_int_equal(choose(&(struct ctl){.policy = "shop"}, NULL), CTL_OK);
	expect_only(12);
	assert_int_equal(choose(&(struct ctl){.filter = "state=live"}, NULL), CTL_OK);
	expect_only(7);
	assert_int_equal(choose(&(struct ctl){.filter = "JOB="}, NULL), CTL_OK);
	expect_only(12);
	assert_int_equal(choose(&(struct ctl){.policy = "lab", .filter = "user=bob"}, NULL),
			 CTL_OK);
	assert_int_equal(count, 0);
}

TEST(test_by_process)
{
	char pid[16];
	struct ns_inodes mine;

	(void)snprintf(pid, sizeof(pid), "%d", getpid());
	assert_int_equal(choose(&(struct ctl){.pid = pid}, NULL), CTL_OK);
	assert_int_equal(count, 0);
	rows_make();
	count = 2;
	assert_int_equal(proc_namespaces(getpid(), &mine), 0);
	rows_views[1].rec.ns.ino[NS_MNT] = mine.ino[NS_MNT];
	assert_int_equal(list_select(&(struct ctl){.pid = pid}, NULL, rows, &count), CTL_OK);
	expect_only(12);
	assert_int_equal(choose(&(struct ctl){.pid = "2147483647"}, NULL), CTL_NOT_FOUND);
	assert_string_equal(o.err, "nsisolate: process 2147483647: there is none\n");
}

TEST(test_in_the_order_of_a_column)
{
	assert_int_equal(choose(&(struct ctl){.sort = "policy"}, NULL), CTL_OK);
	assert_int_equal(rows[0].view->rec.id, 7);
	assert_int_equal(choose(&(struct ctl){.sort = "PROCS"}, NULL), CTL_OK);
	assert_int_equal(rows[0].view->rec.id, 12);
	assert_int_equal(choose(&(struct ctl){.sort = "set"}, NULL), CTL_OK); /* by its value */
	assert_int_equal(rows[0].view->rec.id, 7);
}

TEST(test_wrong_words_are_refused_with_a_sentence)
{
	static const struct {
		struct ctl ctl;
		const char *says;
	} wrong[] = {
		{{.pid = "0"}, "--pid takes the number of a process, not '0'"},
		{{.pid = "x"}, "--pid takes the number of a process, not 'x'"},
		{{.filter = "user"},
		 "--filter takes COLUMN=VALUE, where COLUMN is a column of sets"},
		{{.filter = "tty=x"},
		 "--filter takes COLUMN=VALUE, where COLUMN is a column of sets"},
		{{.sort = "tty"}, "--sort takes a column of sets, not 'tty'"},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(choose(&wrong[i].ctl, NULL), CTL_USAGE);
		expect_text(o.err, wrong[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_operand),
		cmocka_unit_test(test_by_policy_and_by_the_value_of_a_column),
		cmocka_unit_test(test_by_process),
		cmocka_unit_test(test_in_the_order_of_a_column),
		cmocka_unit_test(test_wrong_words_are_refused_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
