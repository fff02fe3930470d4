/* SPDX-License-Identifier: MIT */
/* Optional namespace types that the kernel refuses */
#ifndef NSI_MISSING_H
#define NSI_MISSING_H

#include <stdint.h>

/*
 * Tries each of @types, a mask of ns_bit(), in a child of its own: a clone of all of
 * them at once does not tell which one it failed for.  Returns the mask of those that
 * cannot be had now (a limit of theirs is reached, or this kernel has none), and logs
 * each with its reason.  A set that is built without them is still a set: what is
 * tried here and lost before the set is built fails the set as a whole.
 */
uint32_t missing_types(uint32_t types, uint64_t set);

/* Returns the types of @types whose limit is reached now; all of them if that is unknown. */
uint32_t missing_full(uint32_t types);

#endif /* NSI_MISSING_H */
