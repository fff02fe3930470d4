/* SPDX-License-Identifier: MIT */
#include "serve/key.h"

#include "policy/image.h"

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
	const uint8_t *p = data;

	while (size-- > 0)
		hash = (hash ^ *p++) * UINT64_C(0x100000001b3); /* FNV-1a */
	return hash;
}

static uint64_t group_number(const struct pol_image *image, const struct pol_rule *rule)
{
	const struct pol_match *rows = policy_table(image, POL_TABLE_MATCHES);
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (uint32_t field = 0; field < POL_FIELD_MAX; field++) {
		for (uint32_t i = 0; i < rule->match[field].count; i++) {
			const struct pol_match *m = &rows[rule->match[field].first + i];
			const char *text = policy_str(image, m->text);

			hash = mix(hash, &field, sizeof(field));
			hash = mix(hash, &m->negate, sizeof(m->negate));
			while (*text)
				hash = mix(hash, text++, 1);
		}
	}
	return hash;
}

struct set_key key_of(const struct pol_image *image, const struct pol_rule *rule, uid_t uid)
{
	const struct pol_policy *policy = policy_get(image, rule->policy);

	return (struct set_key){
		.scope = policy->scope,
		.owner = policy->scope == POL_SCOPE_GROUP ? group_number(image, rule) : uid,
		.digest = policy->digest,
		.policy = policy_str(image, policy->name),
	};
}
