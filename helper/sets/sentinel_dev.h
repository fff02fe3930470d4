/* SPDX-License-Identifier: MIT */
/* The numbers of file systems that no watch reports on */
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

#endif /* NSI_SENTINEL_DEV_H */
