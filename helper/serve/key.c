/* SPDX-License-Identifier: MIT */
#include "serve/key.h"

#include <string.h>

#include "base/hash.h"
#include "policy/image.h"

static uint64_t group_number(const struct pol_image *image, const struct pol_rule *rule)
{
	const struct pol_match *rows = policy_table(image, POL_TABLE_MATCHES);
	uint64_t hash = HASH_START;

	for (uint32_t field = 0; field < POL_FIELD_MAX; field++) {
		for (uint32_t i = 0; i < rule->match[field].count; i++) {
			const struct pol_match *m = &rows[rule->match[field].first + i];
			const char *text = policy_str(image, m->text);

			hash = hash_bytes(hash, &field, sizeof(field));
			hash = hash_bytes(hash, &m->negate, sizeof(m->negate));
			hash = hash_bytes(hash, text, strlen(text));
		}
	}
	return hash;
}

struct set_key key_of(const struct pol_image *image, const struct pol_rule *rule, uid_t uid,
		      const char *user, const struct record_job *job)
{
	const struct pol_policy *policy = policy_get(image, rule->policy);
	uint64_t owner = uid;

	if (policy->scope == POL_SCOPE_GROUP)
		owner = group_number(image, rule);
	if (policy->scope == POL_SCOPE_JOB)
		owner = job->id;
	return (struct set_key){
		.scope = policy->scope,
		.owner = owner,
		.uid = uid,
		.job = policy->scope == POL_SCOPE_JOB ? job : NULL,
		.digest = policy->digest,
		.policy = policy_str(image, policy->name),
		.user = user,
	};
}
