/* SPDX-License-Identifier: MIT */
#include "ctl/key_origin.h"

static struct key_origin origin_at(const struct draft *d, struct pol_where where)
{
	return where.line ? (struct key_origin){draft_str(d, where.file), where.line}
			  : (struct key_origin){0};
}

struct key_origin origin_of(const struct draft *d, uint32_t row, enum key_id id)
{
	return row < d->policies.count ? origin_at(d, draft_policy(d, row)->at[key_index(id)])
				       : (struct key_origin){0};
}

struct key_origin origin_of_dir(const struct draft *d, uint32_t row, uint32_t i, enum key_id id)
{
	if (row >= d->policies.count)
		return (struct key_origin){0};
	i += draft_policy(d, row)->read_dirs.first;
	return origin_at(d, draft_dir(d, i)->at[key_index(id)]);
}
