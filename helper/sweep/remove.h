/* SPDX-License-Identifier: MIT */
/* The deletion of a tree that its owner made hard to delete */
#ifndef NSI_REMOVE_H
#define NSI_REMOVE_H

#include <stdint.h>

struct remove_count {
	uint64_t removed;
	uint64_t stuck; /* immutable, mounted on, or of another file system */
	char first_stuck[256];
};

/* Positive outcome of remove_below(): there is more, and the time is up. */
enum {
	REMOVE_LATE = 1
};

/*
 * Deletes everything below @top until clock_now_us() is @deadline_us; 0: until it is done.
 *
 * The tree is flattened instead of walked: a directory below an entry of @top that is not empty
 * is moved up to become an entry itself.  So it takes two descriptors at any depth, no
 * recursion, no path that could be too long, and there is no ".." that could lead elsewhere
 * while somebody renames.  Links are removed and never followed; mounts are not crossed
 * (openat2 with RESOLVE_NO_XDEV) and not removed.
 *
 * Each directory that is met becomes root's with mode 0700 first (CAP_CHOWN, CAP_FOWNER), @top
 * too: who still has it open can fill it no more.
 *
 * Entries that cannot be removed stay and are counted.  Returns 0, REMOVE_LATE or -errno.
 */
int remove_below(int top, uint64_t deadline_us, struct remove_count *count);

#endif /* NSI_REMOVE_H */
