/* SPDX-License-Identifier: MIT */
/* The kernel's word on whether anything still uses a set. */
#ifndef NSI_SENTINEL_H
#define NSI_SENTINEL_H

#include <stdbool.h>
#include <stdint.h>

#include "loop/loop.h"
#include "sets/sentinel_marks.h"
#include "state/record.h"

struct sets;
struct nsi_fail;
struct set;

/*
 * DOC: how the end of a set is known
 *
 * A set with a mount namespace has file systems that nothing else has: its sentinel (see
 * build/sentinel.c), each tmpfs, each overlay, be it a directory or its root.  The helper has an inotify(7) watch on the root of
 * each.  A watch pins an inode but no mount, and when the last mount of a file system goes, in
 * whichever namespace, with the last descriptor of a file on it, the kernel shuts it down and
 * reports IN_UNMOUNT.  So a copy of the mounts that a user has made by "unshare -m" is seen, a
 * process that hides from /proc, and a descriptor that was passed on.
 *
 * The namespaces themselves have file handles since Linux 6.18 (ns/ns.h), which go stale with
 * their last user.  Together these are what a set consists of.
 *
 * On earlier kernels one complete look for members stands in for the handles.
 */

enum {
	SENTINEL_MORE = 3, /* the sentinel, an overlay as root, and one over the home directory */
	SENTINEL_ROOTS = SENTINEL_MORE + RECORD_DIRS
};

/* A file system of a set. */
struct sentinel_root {
	int wd;       /* of inotify; -1: gone, or not watched */
	uint64_t dev; /* st_dev; 0: gone */
};

/* The file systems of one set. */
struct set_watch {
	unsigned count;  /* roots of file systems that have not been reported as gone */
	bool is_partial; /* some are not watched: sentinel_ask() must do */
	struct sentinel_root
		*roots; /* owned; room for SENTINEL_MORE and each directory of the record */
};

/* Of the helper. */
struct sentinels {
	struct sets *sets;
	struct source events;        /* inotify(7) */
	uint64_t id;                 /* of that instance, in records; 0: none */
	struct sentinel_marks marks; /* its watches, while has_marks */
	bool has_marks;
	char path[256]; /* where a set's sentinel is mounted */
};

/* Returns 0 or -errno. */
int sentinels_init(struct sentinels *s, struct sets *sets, struct nsi_fail *f);

/*
 * Begins to watch the file systems of a set, through the mounts that its anchor sees, and reads
 * the numbers of its namespaces; both are put into the record in memory.  Does nothing without
 * an anchor, but for what an earlier helper has put on record.
 */
void sentinel_watch(struct set *set);

/* The same anew, as the set has other file systems now. */
void sentinel_watch_again(struct set *set);

/*
 * Whether the process @pid, which is in namespaces with the inodes of the set's, is in the set's: by
 * their numbers or, before Linux 6.18, by the sentinel.  Needs CAP_SYS_PTRACE.
 */
bool sentinel_confirms(const struct set *set, int pid);

/* Adds a root with the device @dev and the watch @wd, below 0 if it has none. */
void sentinel_add(struct set *set, uint64_t dev, int wd);

/* Ends the watches. */
void sentinel_forget(struct set *set);

enum sentinel_word {
	SENTINEL_OVER,   /* nothing uses the set */
	SENTINEL_IN_USE, /* something does */
	SENTINEL_UNKNOWN, /* its file systems are gone, or it has none; its namespaces cannot be told of */
};

/* For a set whose anchor is gone. */
enum sentinel_word sentinel_ask(struct set *set);

/* Below here: between sentinel.c and sentinel_dev.c. */

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

#endif /* NSI_SENTINEL_H */
