/* SPDX-License-Identifier: MIT */
/* The element types of an image's rows */
#ifndef NSI_POLICY_ROWS_H
#define NSI_POLICY_ROWS_H

#include <stdint.h>

/*
 * Rows are written and hashed as bytes, so no struct of an image may have padding that the
 * compiler chose: the headers that define them make it an error.
 */

/* The offset of a terminated string in the pool; 0 is "", which also stands for "not set". */
typedef uint32_t pol_str;

/* A run of rows in the table that the comment of a field names. */
struct pol_list {
	uint32_t first;
	uint32_t count;
};

/* Where something was written, for every message that speaks of it. */
struct pol_where {
	pol_str file;
	uint32_t line;
};

#endif /* NSI_POLICY_ROWS_H */
