/* SPDX-License-Identifier: MIT */
/* Lines of nsswitch.conf(5), and what becomes of them. */
#include <errno.h>
#include <string.h>

#include "policy/load.h"
#include "tests/unit/test.h"

TEST(test_each_source_gets_the_actions)
{
	static const char *const lines[][2] = {
		{"files", "files [UNAVAIL=return TRYAGAIN=return ] "},
		{"  files\tsss\n", "files [UNAVAIL=return TRYAGAIN=return ] "
				   "sss [UNAVAIL=return TRYAGAIN=return ] "},
		{"files [SUCCESS=merge] sss # a comment [x]",
		 "files [UNAVAIL=return TRYAGAIN=return SUCCESS=merge] "
		 "sss [UNAVAIL=return TRYAGAIN=return ] "},
		{"sss[!UNAVAIL=return UNAVAIL=continue]files",
		 "sss [UNAVAIL=return TRYAGAIN=return !UNAVAIL=return UNAVAIL=continue] "
		 "files [UNAVAIL=return TRYAGAIN=return ] "},
		{"files [SUCCESS=merge", "files [UNAVAIL=return TRYAGAIN=return SUCCESS=merge] "},
		{"\n", ""},
		{"# nothing", ""},
	};
	char buf[512];

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		assert_int_equal(sources_add_actions(lines[i][0], buf, sizeof(buf)), 0);
		assert_string_equal(buf, lines[i][1]);
	}
}

TEST(test_a_line_that_does_not_fit_is_told)
{
	char buf[60];

	assert_int_equal(sources_add_actions("files sss winbind", buf, sizeof(buf)), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_source_gets_the_actions),
		cmocka_unit_test(test_a_line_that_does_not_fit_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
