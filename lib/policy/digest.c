/* SPDX-License-Identifier: MIT */
/* The digest of a policy, which differs when the view of a live set would */
#include <string.h>

#include "base/hash.h"
#include "policy/types.h"

static uint64_t digest_text(uint64_t hash, const struct pol_image *image, pol_str str)
{
	const char *text = policy_str(image, str);

	return hash_bytes(hash, text, strlen(text) + 1); /* the NUL keeps "a" "b" from "ab" "" */
}

static uint64_t digest_block(uint64_t hash, const struct pol_image *image, enum key_block block,
			     const void *row);

static uint64_t digest_texts(uint64_t hash, const struct pol_image *image, struct pol_list list)
{
	hash = hash_u64(hash, list.count);
	for (uint32_t i = 0; i < list.count; i++)
		hash = hash_bytes(hash, policy_list_str(image, list, i),
				  strlen(policy_list_str(image, list, i)) + 1);
	return hash;
}

static uint64_t digest_dirs(uint64_t hash, const struct pol_image *image, struct pol_list list)
{
	hash = hash_u64(hash, list.count);
	for (uint32_t i = 0; i < list.count; i++)
		hash = digest_block(hash, image, KEY_DIR, policy_dir(image, list.first + i));
	return hash;
}

static uint64_t digest_mounts(uint64_t hash, const struct pol_image *image, struct pol_list list)
{
	hash = hash_u64(hash, list.count);
	for (uint32_t i = 0; i < list.count; i++) {
		const struct pol_mount *m = policy_mount(image, list.first + i);

		hash = digest_block(hash, image, KEY_BIND, m);
		hash = digest_block(hash, image, KEY_PROPAGATION, m);
	}
	return hash;
}

static uint64_t digest_value(uint64_t hash, const struct pol_image *image, const struct key *key,
			     const void *row)
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
		return digest_text(hash, image, key_text(key, row));
	case SHAPE_TEXTS:
		return digest_texts(hash_u64(hash, v.also), image, key_list(key, row));
	case SHAPE_GROUP:
		return digest_block(hash, image, key->of, key_group(key, row));
	case SHAPE_NETWORK:
		hash = hash_u64(hash, key_text(key, row) != 0);
		return key_text(key, row) == 0
			       ? hash
			       : digest_block(hash, image, key->of, policy_network(image, row));
	case SHAPE_MOUNTS:
		return digest_mounts(hash, image, key_list(key, row));
	case SHAPE_DIRS:
		return digest_dirs(hash, image, key_list(key, row));
	case SHAPE_DRAFT:
	case SHAPE_MATCHES: /* no key of a view */
		return hash;
	}
	return hash;
}

static uint64_t digest_block(uint64_t hash, const struct pol_image *image, enum key_block block,
			     const void *row)
{
	for (size_t i = 0; i < K_MAX; i++) {
		if (keys[i].block == block && keys[i].notice == KEY_NOTICED)
			hash = digest_value(hash, image, &keys[i], row);
	}
	return hash;
}

uint64_t policy_digest(const struct pol_image *image, const struct pol_policy *policy)
{
	return digest_block(digest_text(HASH_START, image, policy->name), image, KEY_POLICY,
			    policy);
}
