/* SPDX-License-Identifier: MIT */
/* The text of a key's value */
#ifndef NSI_POLICY_FORMAT_H
#define NSI_POLICY_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/types.h"

/* Whether @key has a value in @row, other than one that means "none" or "no limit". */
bool key_is_set(const struct pol_image *image, const struct key *key, const void *row);

/*
 * The word that was written for a SHAPE_GROUP: job = "slurm".  NULL if it was a group, and for the
 * others.  Points into the image.
 */
const char *key_group_word(const struct pol_image *image, const struct key *key, const void *row);

/*
 * Appends the value of @key in @row to @buf of @size bytes, which holds a text; cut short if
 * it must be.  Numbers are exact, in the form in which a policy has them ("10m", "64M",
 * "25%"); lists have ", " between their elements; a group is "mode = bridge; nat = true",
 * without those of its keys that are not set, and in braces as an element of a list.  A value
 * that is not set gives nothing.  Texts of a policy have no control characters; a space or
 * a backslash of theirs becomes \xNN.
 */
void key_format(const struct pol_image *image, const struct key *key, const void *row, char *buf,
		size_t size);

#endif /* NSI_POLICY_FORMAT_H */
