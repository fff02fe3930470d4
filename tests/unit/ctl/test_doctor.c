/* SPDX-License-Identifier: MIT */
/* Findings of "doctor", as text and as JSON, and its exit code */
#include "ctl/doctor.h"

#include <stdlib.h>

#include "tests/unit/ctl/machine.h"

static struct output o;

static void find_two(struct doctor *d)
{
	doctor_find(d, FIND_VIEW_LOST, "WHERE: WHAT", "do %s", "this");
	doctor_find(d, FIND_NO_QUOTA, "there: nothing", "%s", "");
	doctor_good(d, "kernel", "%d.%d", 6, 1);
}

TEST(test_findings_as_text)
{
	struct doctor d = {.ctl = &machine.ctl};

	output_begin(&o);
	d.out = stdout;
	find_two(&d);
	output_end(&o);
	assert_string_equal(o.out, "error    WHERE: WHAT [view-lost]\n         -> do this\n"
				   "note     there: nothing [no-quota]\n"
				   "ok       kernel: 6.1\n");
	assert_int_equal(d.counts[SEV_ERROR], 1);
	assert_int_equal(d.counts[SEV_WARNING], 0);
	assert_int_equal(d.counts[SEV_NOTE], 1);
	output_begin(&o);
	d.has_colour = true;
	find_two(&d);
	output_end(&o);
	expect_text(o.out, "\033[1;31merror   \033[0m WHERE");
	expect_text(o.out, "\033[32mok      \033[0m kernel");
}

TEST(test_findings_as_json)
{
	struct doctor d = {.ctl = &machine.ctl, .findings = json_array(), .passed = json_array()};
	json_t *both = json_object();

	find_two(&d);
	(void)json_object_set_new(both, "findings", d.findings);
	(void)json_object_set_new(both, "passed", d.passed);
	(void)json_dumpb(both, o.out, sizeof(o.out), JSON_COMPACT);
	json_decref(both);
	expect_json(&o, "findings.0",
		    "{\"id\":\"view-lost\",\"severity\":\"error\",\"text\":\"WHERE: "
		    "WHAT\",\"remedy\":\"do this\"}");
	expect_json(&o, "findings.1.remedy", "null");
	expect_json(&o, "passed", "[{\"subject\":\"kernel\",\"text\":\"6.1\"}]");
}

TEST(test_ids_are_unique_and_plain)
{
	for (int i = 0; i < FIND_MAX; i++) {
		const char *id = finding_rows[i].id;

		assert_int_equal(strspn(id, "abcdefghijklmnopqrstuvwxyz-"), strlen(id));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(id, finding_rows[j].id);
	}
}

/* The number of lines that begin with @word. */
static unsigned count_lines(const char *text, const char *word)
{
	unsigned count = 0;

	for (const char *at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		count += strncmp(at, word, strlen(word)) == 0;
	}
	return count;
}

/* The findings are those of this machine, whatever it is; the counts and the exit code must fit them. */
TEST(test_the_exit_code_is_that_of_the_counts)
{
	unsigned errors, warnings;
	char counts[100];
	int code;

	machine.ctl.strict = true;
	code = output_of(&o, doctor_verb, &machine.ctl);
	errors = count_lines(o.out, "error    ");
	warnings = count_lines(o.out, "warning  ");
	assert_int_equal(code, errors || warnings ? CTL_REFUSED : CTL_OK);
	(void)snprintf(counts, sizeof(counts), "\n%u error%s, %u warning%s\n", errors,
		       errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
	expect_text(o.out, counts);
	machine.ctl.strict = false;
	machine.ctl.json = true;
	code = output_of(&o, doctor_verb, &machine.ctl);
	assert_int_equal(code, strcmp(output_json(&o, "errors"), "0") != 0 ? CTL_REFUSED : CTL_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_findings_as_text),
		MACHINE_TEST(test_findings_as_json),
		cmocka_unit_test(test_ids_are_unique_and_plain),
		MACHINE_TEST(test_the_exit_code_is_that_of_the_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
