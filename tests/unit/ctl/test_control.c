/* SPDX-License-Identifier: MIT */
/* The effect of the control field of a line in a PAM stack */
#include "ctl/pamd.h"
#include "tests/unit/test.h"

static const struct expected {
	const char *control;
	bool fails_open, is_final, fails_closed, can_end;
	unsigned jump;
} fields[] = {
	{"required", false, false, false, false, 0},
	{"requisite", false, true, false, false, 0},
	{"sufficient", true, false, false, true, 0},
	{"optional", true, false, false, false, 0},
	{"REQUIRED", false, false, false, false, 0},
	{"[success=ok default=die]", false, true, false, false, 0},
	{"[ success = ok  default = die ]", false, true, false, false, 0},
	{"[success=ok\tdefault=ignore]", true, false, false, false, 0},
	{"[success=ok\tdefault=die]", false, true, false, false, 0},
	{"[Success=OK Default=Bad]", false, false, false, false, 0},
	{"[default=bad perm_denied=ok]", true, false, true, false, 0},
	{"[default=bad success=ok module_unknown=ignore]", true, false, false, false, 0},
	{"[success=2 default=ignore]", true, false, false, false, 2},
	{"[success=1 new_authtok_reqd=3 default=bad]", false, false, false, false, 3},
	{"[success=done default=die]", false, true, false, true, 0},
	{"[success=99999 default=die]", false, true, false, false, 1000},
	{"[success=die default=die]", false, true, true, false, 0},
	{"[]", false, false, true, false, 0}, /* a value without an action is bad */
};

TEST(test_each_field)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct expected *e = &fields[i];

		if (control_fails_open(e->control) != e->fails_open ||
		    control_is_final(e->control) != e->is_final ||
		    control_fails_closed(e->control) != e->fails_closed ||
		    control_can_end(e->control) != e->can_end ||
		    control_jump(e->control) != e->jump)
			fail_msg("%s: open %d, final %d, closed %d, end %d, jump %u", e->control,
				 control_fails_open(e->control), control_is_final(e->control),
				 control_fails_closed(e->control), control_can_end(e->control),
				 control_jump(e->control));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_field)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
