/* SPDX-License-Identifier: MIT */
/* The lines that gave a policy its keys */
#ifndef NSI_CTL_ORIGIN_H
#define NSI_CTL_ORIGIN_H

#include "policy/draft.h"
#include "policy/keys.h"

struct key_origin {
	const char *file; /* points into the draft; NULL for a default */
	unsigned line;
};

/*
 * Where key @id of policy @row of @d was written, which is the draft that the policy was loaded
 * with: in its own block, or in one that it extends.
 */
struct key_origin origin_of(const struct draft *d, uint32_t row, enum key_id id);

/* The same for key @id of its directory @i. */
struct key_origin origin_of_dir(const struct draft *d, uint32_t row, uint32_t i, enum key_id id);

#endif /* NSI_CTL_ORIGIN_H */
