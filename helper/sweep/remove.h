/* SPDX-License-Identifier: MIT */
/* How is a tree deleted that its owner built to be undeletable? */
#ifndef NSI_REMOVE_H
#define NSI_REMOVE_H

#include <stdint.h>

struct remove_count {
	uint64_t removed;
	uint64_t stuck; /* immutable, mounted on, or of another file system */
	char first_stuck[256];
};

/*
 * Deletes everything below @trash_fd.
 *
 * The tree is flattened instead of walked: a directory below an entry of the
 * trash that is not empty is moved up to become an entry itself.  So it takes
 * two descriptors at any depth, no recursion, no path that could be too long,
 * and there is no ".." that could lead elsewhere while somebody renames.  Links
 * are removed and never followed; mounts are not crossed (openat2 with
 * RESOLVE_NO_XDEV) and not removed.
 *
 * What cannot be removed stays and is counted.  Returns 0 or -errno.
 */
int remove_below(int trash_fd, struct remove_count *count);

#endif /* NSI_REMOVE_H */
