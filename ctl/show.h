/* SPDX-License-Identifier: MIT */
/* The printing of a view */
#ifndef NSI_CTL_SHOW_H
#define NSI_CTL_SHOW_H

#include <jansson.h>

#include "policy/draft.h"
#include "policy/keys.h"

struct ctl;
struct login;
struct pol_dir;
struct pol_image;
struct pol_policy;
struct pol_rule;

/* The outcome of a login. */
struct verdict {
	const struct login *login;
	const struct pol_image *image;
	const struct pol_rule *rule;     /* NULL: none matches */
	const struct pol_policy *policy; /* NULL: the rule leads to none */
	const struct draft *draft;       /* that the image was made of */
	char outcome[256];
};

/* A line for each thing, with the file and line that it comes from.  Returns an exit code. */
int show_print_text(const struct verdict *v);

/* Prints the same as JSON.  Returns an exit code. */
int show_print_json(const struct verdict *v);

/*
 * Prints, for every account, the outcome of a login by each service of this machine that opens
 * sessions; services with the same outcome share a row.  Returns an exit code.
 */
int show_all(const struct ctl *ctl);

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

#endif /* NSI_CTL_SHOW_H */
