/* SPDX-License-Identifier: MIT */
/* Packing of a draft into one flat block */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/draft.h"

/* Bytes per row of the image, and the table of the draft that the rows come from. */
struct part {
	const struct table *from;
	size_t row;
};

static void build_list_parts(const struct draft *d, struct part parts[static POL_TABLE_MAX])
{
	parts[POL_TABLE_POLICIES] = (struct part){&d->policies, sizeof(struct pol_policy)};
	parts[POL_TABLE_RULES] = (struct part){&d->rules, sizeof(struct pol_rule)};
	parts[POL_TABLE_MATCHES] = (struct part){&d->matches, sizeof(struct pol_match)};
	parts[POL_TABLE_DIRS] = (struct part){&d->final, sizeof(struct pol_dir)};
	parts[POL_TABLE_MOUNTS] = (struct part){&d->mounts, sizeof(struct pol_mount)};
	parts[POL_TABLE_NETWORKS] = (struct part){&d->networks, sizeof(struct pol_network)};
	parts[POL_TABLE_STRINGS] = (struct part){&d->strings, sizeof(pol_str)};
	parts[POL_TABLE_POOL] = (struct part){&d->pool, 1};
}

/* The rows of an image are the first member of the rows of a draft. */
static void build_copy_rows(char *to, const struct part *part)
{
	for (size_t i = 0; i < part->from->count; i++)
		memcpy(to + i * part->row, draft_row(part->from, i), part->row);
}

static uint64_t build_round_up(uint64_t n)
{
	return (n + 7) & ~UINT64_C(7);
}

int draft_build(struct draft *d, struct pol_image **ret)
{
	uint64_t size = build_round_up(sizeof(struct pol_image));
	struct part parts[POL_TABLE_MAX];
	struct pol_policy *rows;
	struct pol_image *image;

	build_list_parts(d, parts);
	for (int t = 0; t < POL_TABLE_MAX; t++)
		size = build_round_up(size + parts[t].from->count * parts[t].row);
	if (d->out_of_memory || size > POL_IMAGE_MAX)
		return -ENOMEM;
	image = calloc(1, size);
	if (!image)
		return -ENOMEM;
	*image = (struct pol_image){
		.magic = POL_IMAGE_MAGIC,
		.version = POL_IMAGE_VERSION,
		.size = size,
	};
	size = build_round_up(sizeof(struct pol_image));
	for (int t = 0; t < POL_TABLE_MAX; t++) {
		image->table[t].offset = size;
		image->table[t].count = parts[t].from->count;
		build_copy_rows((char *)image + size, &parts[t]);
		size = build_round_up(size + parts[t].from->count * parts[t].row);
	}
	rows = (struct pol_policy *)((char *)image + image->table[POL_TABLE_POLICIES].offset);
	for (size_t i = 0; i < d->policies.count; i++)
		rows[i].digest = policy_digest(image, &rows[i]);
	*ret = image;
	return 0;
}
