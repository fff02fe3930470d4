/* SPDX-License-Identifier: MIT */
/* Whatever a loader that was taken over sends, what passes the check can be followed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/image.h"
#include "policy/match.h"
#include "policy/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile size_t sink; /* so that what is read is not optimised away */

static void follow(const struct pol_image *image)
{
	const gid_t groups[] = {0, 100, 2000};
	const struct pol_login login = {
		.user = {.name = "alice", .uid = 1000, .groups = groups, .group_count = 3},
		.caller = {.name = "root", .groups = groups, .group_count = 1},
	};
	const struct template_values values = {.user = "alice"};
	const struct pol_rule *rule;
	char host[65];

	(void)policy_match(image, &login, &rule);
	for (uint32_t i = 0; i < image->table[POL_TABLE_POLICIES].count; i++) {
		const struct pol_policy *p = policy_get(image, i);

		(void)template_hostname(policy_str(image, p->hostname), &values, host,
					sizeof(host));
		for (uint32_t j = 0; j < p->dirs.count; j++) {
			const struct pol_dir *dir = policy_dir(image, p->dirs.first + j);

			sink += strlen(policy_str(image, dir->path));
			for (uint32_t k = 0; k < dir->keep.count; k++)
				sink += strlen(policy_list_str(image, dir->keep, k));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pol_image *image =
		malloc(size + 1); /* aligned as the helper's is, bounds for ASan */

	if (!image)
		return 0;
	memcpy(image, data, size);
	if (size >= sizeof(*image)) {
		image->magic = POL_IMAGE_MAGIC;
		image->version = POL_IMAGE_VERSION;
		image->size = size;
	}
	if (policy_image_check(image, size) == 0)
		follow(image);
	free(image);
	return 0;
}
