/* SPDX-License-Identifier: MIT */
/* The check of sudoers(5) for rules that name the host */

#include "base/text.h"
#include "ctl/lint.h"
#include "policy/image.h"

struct sudoers_lint {
	lint_fn report;
	void *arg;
	const char *policy;
};

static void lint_report_host(void *arg, const char *file, unsigned line, const char *host)
{
	const struct sudoers_lint *l = arg;
	char text[600];

	text_fmt(text, sizeof(text),
		 "it names the host %.200s, and the sets of policy '%.200s' have another host "
		 "name, so the line does not hold there",
		 host, l->policy);
	l->report(l->arg,
		  &(struct lint){.finding = FIND_SUDOERS_HOST,
				 .file = file,
				 .line = line,
				 .text = text,
				 .remedy =
					 "write ALL for the host there, or take 'hostname' out of "
					 "the policy"});
}

void lint_sudoers(const struct pol_image *image, lint_fn report, void *arg)
{
	for (uint32_t i = 0; i < image->table[POL_TABLE_POLICIES].count; i++) {
		const struct pol_policy *p = policy_get(image, i);
		struct sudoers_lint l = {report, arg, policy_str(image, p->name)};

		if (!p->hostname || !policy_str(image, p->hostname)[0])
			continue;
		sudoers_find_hosts("/etc/sudoers", lint_report_host, &l);
		return;
	}
}
