/* SPDX-License-Identifier: MIT */
/* The edit distance between two words, for "did you mean" */
#ifndef NSI_POLICY_SUGGEST_H
#define NSI_POLICY_SUGGEST_H

/*
 * The letters to add, drop, change or swap with their neighbour until @a is @b;
 * capitals do not count.  Words longer than a key can be are far from everything.
 */
unsigned suggest_distance(const char *a, const char *b);

#endif /* NSI_POLICY_SUGGEST_H */
