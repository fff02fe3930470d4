/* SPDX-License-Identifier: MIT */
#include "policy/compile.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "policy/check.h"
#include "policy/extends.h"
#include "policy/keys.h"
#include "policy/names.h"
#include "policy/policy_report.h"
#include "policy/userns.h"

/* No later set has the same key: each login, or each job, is another one. */
static bool compile_ends_with_set(const struct draft_policy *p)
{
	return p->row.scope == POL_SCOPE_SESSION || p->row.scope == POL_SCOPE_JOB;
}

/* The row that holds, with the defaults that depend on the policy. */
static struct pol_dir compile_final_dir(const struct draft_policy *p, const struct draft_dir *dir)
{
	struct pol_dir row = dir->row;

	if (row.method != POL_METHOD_DISK)
		row.retain = POL_RETAIN_SESSION;
	else if (!(dir->seen.given & key_bit(K_RETAIN)))
		row.retain = compile_ends_with_set(p) ? POL_RETAIN_SESSION : POL_RETAIN_BOOT;
	return row;
}

static void compile_finish_policy(struct draft *d, struct draft_policy *p)
{
	struct pol_list list = {.first = (uint32_t)d->final.count};

	for (; list.count < p->row.dirs.count; list.count++) {
		struct pol_dir row =
			compile_final_dir(p, draft_dir(d, p->row.dirs.first + list.count));

		(void)draft_add(d, &d->final, &row); /* failure is sticky */
	}
	p->read_dirs = p->row.dirs;
	p->row.dirs = list;
	if (compile_ends_with_set(p))
		p->row.linger = 0;
	userns_defaults(d, p);
}

/* Puts the rules of drop-ins with "rules_first" before all others; each part keeps its order. */
static void compile_order_rules(struct draft *d)
{
	NSI_AUTO_FREE struct draft_rule *rest = calloc(d->rules.count + 1, sizeof(*rest));
	size_t first = 0, count = 0;

	if (!rest) {
		d->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < d->rules.count; i++) {
		if (draft_rule(d, i)->is_first)
			*draft_rule(d, first++) = *draft_rule(d, i);
		else
			rest[count++] = *draft_rule(d, i);
	}
	for (size_t i = 0; i < count; i++)
		*draft_rule(d, first + i) = rest[i];
}

int compile_draft(struct draft *d, struct pol_image **ret)
{
	if (!d->out_of_memory)
		compile_order_rules(d);
	if (!d->out_of_memory)
		names_index(d);
	if (!d->out_of_memory)
		extends_resolve(d);
	if (!d->out_of_memory) {
		for (size_t i = 0; i < d->policies.count; i++)
			check_policy(d, draft_policy(d, i));
		check_rules(d);
	}
	report_sort(d->report);
	if (d->out_of_memory)
		return -ENOMEM;
	if (d->report->errors > 0)
		return -EINVAL;
	for (size_t i = 0; i < d->policies.count && !d->out_of_memory; i++)
		compile_finish_policy(d, draft_policy(d, i));
	for (size_t i = 0; i < d->rules.count; i++)
		draft_rule(d, i)->row.audit |= d->audit;
	return draft_build(d, ret);
}
