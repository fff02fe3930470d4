/* SPDX-License-Identifier: MIT */
/* The usage of the command and of each verb: whole on standard output, two lines on standard error */
#include "ctl/verbs.h"

#include "tests/unit/ctl/output.h"

static struct output o;

TEST(test_help_names_every_option_of_the_verb)
{
	for (size_t i = 0; i < verb_count; i++) {
		char head[200];

		output_begin(&o);
		assert_int_equal(usage_of_verb(stdout, &verbs[i]), CTL_OK);
		output_end(&o);
		(void)snprintf(head, sizeof(head), "usage: nsisolate %s [OPTION...]%s%s\n",
			       verbs[i].name, verbs[i].operands[0] ? " " : "", verbs[i].operands);
		assert_memory_equal(o.out, head, strlen(head));
		for (int option = 0; option < O_MAX; option++) {
			char name[40];

			(void)snprintf(name, sizeof(name), "  --%s ", option_rows[option].name);
			if (verbs[i].options & option_bit(option) && !strstr(o.out, name) &&
			    !option_rows[option].brief)
				fail_msg("%s: no%sin:\n%s", verbs[i].name, name, o.out);
		}
		expect_text(o.out, "-h, --help");
		assert_string_equal(o.err, "");
	}
}

TEST(test_list_names_its_columns)
{
	output_begin(&o);
	assert_int_equal(usage_of_verb(stdout, verb_find("list")), CTL_OK);
	output_end(&o);
	expect_text(o.out, "\ncolumns: SET,USER,");
	expect_text(o.out, "  -o, --output COLS");
}

TEST(test_a_wrong_call_gets_two_lines)
{
	output_begin(&o);
	assert_int_equal(usage_of_verb(stderr, verb_find("gc")), CTL_USAGE);
	assert_int_equal(usage_of_all(stderr), CTL_USAGE);
	output_end(&o);
	assert_string_equal(o.out, "");
	assert_string_equal(o.err,
			    "usage: nsisolate gc [OPTION...]\n"
			    "\"nsisolate gc --help\" lists its options.\n"
			    "usage: nsisolate [--config FILE] [--rundir DIR] [--statedir DIR] "
			    "VERB ...\n"
			    "\"nsisolate --help\" lists the verbs.\n");
}

TEST(test_the_usage_of_the_command_names_every_verb)
{
	output_begin(&o);
	assert_int_equal(usage_of_all(stdout), CTL_OK);
	output_end(&o);
	for (size_t i = 0; i < verb_count; i++) {
		char line[20];

		(void)snprintf(line, sizeof(line), "\n  %s ", verbs[i].name);
		expect_text(o.out, line);
	}
	expect_text(o.out, "-V, --version");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_help_names_every_option_of_the_verb),
		cmocka_unit_test(test_list_names_its_columns),
		cmocka_unit_test(test_a_wrong_call_gets_two_lines),
		cmocka_unit_test(test_the_usage_of_the_command_names_every_verb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
