/* SPDX-License-Identifier: MIT */
/* The file systems of sets that an earlier helper has left without an anchor */
#ifndef NSI_SENTINEL_DEV_H
#define NSI_SENTINEL_DEV_H

#include <stdbool.h>
#include <stdint.h>

struct set;

/*
 * Whether the file system of a root that has no watch is there, or may be.  The sentinel is told by its
 * size; another's number may be that of a file system that is no set's, and the set is held then.
 * A file system that knows of neither room nor inodes is no tmpfs: it is that of the message queues of
 * somebody's IPC namespace, or the like.
 */
bool sentinel_has_dev(const struct set *set, uint64_t dev);

/*
 * Fills in the roots of a set without an anchor from its record: those whose watches are there (see
 * sentinel_marks.h), and those that are to be asked for by number.
 */
void sentinel_recall(struct set *set);

#endif /* NSI_SENTINEL_DEV_H */
