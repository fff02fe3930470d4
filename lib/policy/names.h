/* SPDX-License-Identifier: MIT */
/* The index of policies by name */
#ifndef NSI_POLICY_NAMES_H
#define NSI_POLICY_NAMES_H

#include <stdint.h>

struct draft;

/* Indexes the policies, all of which must have been read; reports a name that two of them have. */
void names_index(struct draft *d);

/* Returns the row of policy @name, or -1 if there is none. */
int64_t names_find(const struct draft *d, const char *name);

/* Returns the name most similar to @name, owned by the draft, or NULL if none is similar. */
const char *names_suggest(const struct draft *d, const char *name);

/*
 * The letters to add, drop, change or swap with their neighbour until @a is @b;
 * capitals do not count.  Words longer than a key can be are far from everything.
 */
unsigned suggest_distance(const char *a, const char *b);

#endif /* NSI_POLICY_NAMES_H */
