/* SPDX-License-Identifier: MIT */
#include "ctl/stale.h"
#include "ctl/policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "ctl/ctl.h"
#include "ctl/sets.h"
#include "policy/image.h"
#include "policy/load.h"

struct pol_image *stale_policy(const struct ctl *ctl)
{
	NSI_CLEANUP(policy_report_done) struct pol_report report = {0};
	struct pol_sources sources = policy_sources_of(ctl);
	struct pol_image *image = NULL;

	return policy_load_from(&sources, 0, &image, &report) == 0 ? image : NULL;
}

uint64_t stale_fingerprint(const struct pol_image *image)
{
	return image ? hash_bytes(HASH_START, image, image->size) : 0;
}

const char *stale_fingerprint_text(uint64_t fingerprint, char buf[FINGERPRINT_SIZE])
{
	(void)snprintf(buf, FINGERPRINT_SIZE, "%016" PRIx64, fingerprint);
	return buf;
}

bool stale_is(const struct pol_image *image, const struct view *v)
{
	if (v->is_own)
		return false;
	if (v->rec.is_retired)
		return true;
	if (!image)
		return false;
	for (uint32_t i = 0; i < image->table[POL_TABLE_POLICIES].count; i++) {
		const struct pol_policy *policy = policy_get(image, i);

		if (strcmp(policy_str(image, policy->name), v->rec.policy) == 0)
			return policy->digest != v->rec.digest;
	}
	return true;
}
