/* SPDX-License-Identifier: MIT */
/* From the drafts of policies to their image: inheritance, defaults, order of rules, digests */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "policy/check.h"
#include "policy/draft.h"
#include "policy/keys.h"
#include "policy/load.h"
#include "policy/types.h"
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

/* Bytes per row of the image, and the table of the draft that the rows come from. */
struct part {
	const struct table *from;
	size_t row;
};

static void compile_list_parts(const struct draft *d, struct part parts[static POL_TABLE_MAX])
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
static void compile_copy_rows(char *to, const struct part *part)
{
	for (size_t i = 0; i < part->from->count; i++)
		memcpy(to + i * part->row, draft_row(part->from, i), part->row);
}

static uint64_t compile_round_up(uint64_t n)
{
	return (n + 7) & ~UINT64_C(7);
}

/* Writes the draft, which must have been resolved, as an image.  Returns 0 or -ENOMEM. */
static int compile_build(struct draft *d, struct pol_image **ret)
{
	uint64_t size = compile_round_up(sizeof(struct pol_image));
	struct part parts[POL_TABLE_MAX];
	struct pol_policy *rows;
	struct pol_image *image;

	compile_list_parts(d, parts);
	for (int t = 0; t < POL_TABLE_MAX; t++)
		size = compile_round_up(size + parts[t].from->count * parts[t].row);
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
	size = compile_round_up(sizeof(struct pol_image));
	for (int t = 0; t < POL_TABLE_MAX; t++) {
		image->table[t].offset = size;
		image->table[t].count = parts[t].from->count;
		compile_copy_rows((char *)image + size, &parts[t]);
		size = compile_round_up(size + parts[t].from->count * parts[t].row);
	}
	rows = (struct pol_policy *)((char *)image + image->table[POL_TABLE_POLICIES].offset);
	for (size_t i = 0; i < d->policies.count; i++)
		rows[i].digest = policy_digest(image, &rows[i]);
	*ret = image;
	return 0;
}

static uint64_t compile_digest_text(uint64_t hash, const struct pol_image *image, pol_str str)
{
	const char *text = policy_str(image, str);

	return hash_bytes(hash, text, strlen(text) + 1); /* the NUL keeps "a" "b" from "ab" "" */
}

static uint64_t compile_digest_block(uint64_t hash, const struct pol_image *image,
				     enum key_block block, const void *row);

static uint64_t compile_digest_texts(uint64_t hash, const struct pol_image *image,
				     struct pol_list list)
{
	hash = hash_u64(hash, list.count);
	for (uint32_t i = 0; i < list.count; i++)
		hash = hash_bytes(hash, policy_list_str(image, list, i),
				  strlen(policy_list_str(image, list, i)) + 1);
	return hash;
}

static uint64_t compile_digest_dirs(uint64_t hash, const struct pol_image *image,
				    struct pol_list list)
{
	hash = hash_u64(hash, list.count);
	for (uint32_t i = 0; i < list.count; i++)
		hash = compile_digest_block(hash, image, KEY_DIR,
					    policy_dir(image, list.first + i));
	return hash;
}

static uint64_t compile_digest_mounts(uint64_t hash, const struct pol_image *image,
				      struct pol_list list)
{
	hash = hash_u64(hash, list.count);
	for (uint32_t i = 0; i < list.count; i++) {
		const struct pol_mount *m = policy_mount(image, list.first + i);

		hash = compile_digest_block(hash, image, KEY_BIND, m);
		hash = compile_digest_block(hash, image, KEY_PROPAGATION, m);
	}
	return hash;
}

static uint64_t compile_digest_value(uint64_t hash, const struct pol_image *image,
				     const struct key *key, const void *row)
{
	const struct key_value v = key_load(key, row);

	switch (key_shape(key)) {
	case SHAPE_NUMBER:
		hash = hash_u64(hash, v.value);
		/* Another retention is another instance; another age is not. */
		return key->type == TYPE_RETAIN ? hash : hash_u64(hash, v.also);
	case SHAPE_BITS:
		return hash_u64(hash, v.value);
	case SHAPE_TEXT:
		return compile_digest_text(hash, image, key_text(key, row));
	case SHAPE_TEXTS:
		return compile_digest_texts(hash_u64(hash, v.also), image, key_list(key, row));
	case SHAPE_GROUP:
		return compile_digest_block(hash, image, key->of, key_group(key, row));
	case SHAPE_NETWORK:
		hash = hash_u64(hash, key_text(key, row) != 0);
		return key_text(key, row) == 0 ? hash
					       : compile_digest_block(hash, image, key->of,
								      policy_network(image, row));
	case SHAPE_MOUNTS:
		return compile_digest_mounts(hash, image, key_list(key, row));
	case SHAPE_DIRS:
		return compile_digest_dirs(hash, image, key_list(key, row));
	case SHAPE_DRAFT:
	case SHAPE_MATCHES: /* no key of a view */
		return hash;
	}
	return hash;
}

static uint64_t compile_digest_block(uint64_t hash, const struct pol_image *image,
				     enum key_block block, const void *row)
{
	for (size_t i = 0; i < K_MAX; i++) {
		if (keys[i].block == block && keys[i].notice == KEY_NOTICED)
			hash = compile_digest_value(hash, image, &keys[i], row);
	}
	return hash;
}

uint64_t policy_digest(const struct pol_image *image, const struct pol_policy *policy)
{
	return compile_digest_block(compile_digest_text(HASH_START, image, policy->name), image,
				    KEY_POLICY, policy);
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
	return compile_build(d, ret);
}
