/* SPDX-License-Identifier: MIT */
/* The index of policies by name */
#ifndef NSI_POLICY_NAMES_H
#define NSI_POLICY_NAMES_H

#include <stdint.h>

struct draft;

/* Indexes the policies, all of which must have been read, and refuses a name that two have. */
void names_index(struct draft *d);

/* The row of policy @name, or -1. */
int64_t names_find(const struct draft *d, const char *name);

/* The name that is nearest to @name, or NULL if none is near. */
const char *names_suggest(const struct draft *d, const char *name);

#endif /* NSI_POLICY_NAMES_H */
