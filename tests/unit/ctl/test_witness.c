/* SPDX-License-Identifier: MIT */
/* Example accounts of a rule: those that it names, and made-up ones where it names none */
#include <stdlib.h>

#include "base/cleanup.h"
#include "ctl/lint.h"
#include "policy/image.h"
#include "tests/unit/image.h"

TEST(test_examples_of_whom_a_rule_is_for)
{
	static const struct {
		const char *rules;
		unsigned count;
		bool is_real;
	} all[] = {
		{"{ user = \"root\"; action = \"skip\"; }", 1, true},
		{"{ uid = \"1000-\"; action = \"skip\"; }", 5, false}, /* both ends, and three */
		{"{ uid = \"0\"; user = \"x*\"; action = \"skip\"; }", 2, false},
		{"{ user = [ \"root\", \"!root\" ]; action = \"skip\"; }", 0, false},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		NSI_AUTO_FREE struct pol_image *image = image_of_rules(all[i].rules);
		NSI_CLEANUP(witnesses_done) struct witnesses w;

		witnesses_find(image, policy_rule(image, 0), &w);
		if (w.count != all[i].count || (w.count && w.rows[0].is_real != all[i].is_real))
			fail_msg("%s: %u, real %d", all[i].rules, w.count,
				 w.count ? w.rows[0].is_real : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples_of_whom_a_rule_is_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
