/* SPDX-License-Identifier: MIT */
/* "matrix": which sets share which namespaces with the host */
#include "tests/unit/ctl/machine.h"

static struct output o;

TEST(test_namespaces_that_are_the_hosts_are_called_so)
{
	struct set_record rec;

	if (geteuid() != 0)
		skip();
	rec = machine_set(7, 0);
	rec.ns.ino[NS_NET] = 12345;
	rec.types = ns_bit(NS_NET);
	machine_record(&rec, getpid());
	assert_int_equal(output_of(&o, matrix_verb, &machine.ctl), CTL_OK);
	expect_text(output_cells(&o), "SET USER POLICY ");
	expect_text(o.out, "\n7 root lab host host host 12345 host ");
	machine.ctl.json = true;
	assert_int_equal(output_of(&o, matrix_verb, &machine.ctl), CTL_OK);
	expect_json(&o, "sets.0.namespaces.net", "12345");
	assert_null(strstr(output_json(&o, "sets.0.of_host"), "\"net\""));
	expect_text(output_json(&o, "sets.0.of_host"), "\"mnt\"");
}

TEST(test_a_shell_that_is_not_the_hosts)
{
	if (geteuid() != 0)
		skip();
	/* Called from inside of a set, which is not where the helper has its host. */
	assert_int_equal(scratch_write(&machine.s, "run/host", "nsisolate-host 1 mnt=1\n"), 0);
	assert_int_equal(output_of(&o, matrix_verb, &machine.ctl), CTL_SYSTEM);
	assert_string_equal(o.err,
			    "nsisolate: this is no shell of the host, and the host is out of "
			    "sight from here\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_namespaces_that_are_the_hosts_are_called_so),
		MACHINE_TEST(test_a_shell_that_is_not_the_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
