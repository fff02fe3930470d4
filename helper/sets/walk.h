/* SPDX-License-Identifier: MIT */
/* The state of a walk over /proc for users of directories on disk */
#ifndef NSI_SETS_WALK_H
#define NSI_SETS_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "sets/disk.h"

struct members_known;
struct members_target;

/* A private directory of a target, as the host sees it. */
struct walk_dir {
	unsigned target;
	int fd; /* owned, until the process ends */
	uint64_t ino;
};

/* The part of the bounds that a user has used up. */
struct walk_user {
	uint32_t uid;
	unsigned namespaces, descriptors;
};

/* An array of numbers that grows. */
struct walk_numbers {
	uint64_t *all; /* owned, until the process ends */
	unsigned count, room;
};

struct walk {
	struct members_target *targets;
	unsigned count;
	const struct members_known *known; /* mount namespaces that have no such mount */
	struct disk_place place;
	uint64_t dev;      /* st_dev of the statedir */
	bool has_many_dev; /* files of its file system have others, too */
	uint64_t ns_dev;   /* st_dev of namespaces */
	struct walk_dir *dirs;
	unsigned dir_count;
	struct walk_numbers host_mounts; /* sorted */
	struct walk_numbers seen;        /* inodes of mount namespaces that have been looked at */
	struct walk_numbers
		pathless; /* devices whose files have no paths: those of pipes and sockets */
	struct walk_user *users;
	unsigned user_count;
	uint64_t deadline_us;
	int pid;        /* of the process that is looked at */
	bool is_broken; /* no memory, or no time: nothing is known of the rest */
};

/* Finds the statedir, the directories of the targets, and the host's mounts, or sets is_broken. */
void walk_begin(struct walk *w, const char *statedir);

/* Notes that nothing is known of the rest. */
void walk_fail(struct walk *w);

bool walk_has_number(const struct walk_numbers *n, uint64_t number);
void walk_add_number(struct walk *w, struct walk_numbers *n, uint64_t number);

/* The same as walk_has_number() for an array that is sorted. */
bool walk_has_sorted(const uint64_t *all, unsigned count, uint64_t number);

/* Returns the account of @uid, until the next call, or NULL without memory. */
struct walk_user *walk_find_user(struct walk *w, uint32_t uid);

/* Something of @uid is not looked at, which keeps the sets of that user. */
void walk_leave_out(struct walk *w, uint32_t uid);

/* The process w->pid uses a directory of the target. */
void walk_hit(struct walk *w, unsigned target);

/* Whether a user is known of each target: the rest of /proc tells no more. */
bool walk_is_done(const struct walk *w);

/*
 * Returns the real uid of the process with the folder @proc, which a program with privileges keeps; 0,
 * root's, if it cannot be read: it has ended.
 */
uint32_t walk_read_uid(int proc);

/*
 * Looks at the file that the link @name in the folder @at of /proc leads to.  Nothing here waits for a
 * file system that does not answer: attributes are those that the kernel has.  *ret_ns, if not NULL, is the
 * inode of a namespace.  Returns 0, or -errno if there is no such link, or it may not be followed.
 */
int walk_look_link(struct walk *w, int at, const char *name, uint64_t *ret_ns);

#endif /* NSI_SETS_WALK_H */
