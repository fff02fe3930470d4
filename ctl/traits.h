/* SPDX-License-Identifier: MIT */
/* The keys of a policy with their values, for "show" */
#ifndef NSI_CTL_TRAITS_H
#define NSI_CTL_TRAITS_H

#include <jansson.h>

#include "policy/keys.h"

struct pol_dir;
struct pol_image;
struct pol_policy;

enum {
	TRAIT_TEXT = 2048
};

/* One key with its value, as text and as JSON. */
struct trait {
	enum key_id key;
	char text[TRAIT_TEXT]; /* "" for one that is not set */
	json_t *json;          /* owned; null for one that is not set */
};

struct traits {
	struct trait rows[K_MAX];
	unsigned count;
};

/* All keys of a policy except its directories, in the order of the manual. */
void traits_of_policy(const struct pol_image *image, const struct pol_policy *p,
		      struct traits *ret);

/* All keys of a directory. */
void traits_of_dir(const struct pol_image *image, const struct pol_dir *dir, struct traits *ret);

void traits_done(struct traits *t);

#endif /* NSI_CTL_TRAITS_H */
