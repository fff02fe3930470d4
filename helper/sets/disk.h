/* SPDX-License-Identifier: MIT */
/* Users of a set's directories on disk */
#ifndef NSI_DISK_H
#define NSI_DISK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct members_known;
struct members_target;
struct mounts_one;
struct set;

/*
 * DOC: who uses a directory on disk
 *
 * A directory with method = "disk" lies on a file system of the host's, which goes on when the set is
 * over: no report of the kernel says when its last user is gone.  One with retain = "session" is
 * deleted with its set, so once the kernel has reported on everything else, one look goes over /proc for
 *
 *   - mounts of the directory, or of what is below it, in the mount namespace of any thread, or
 *     one that a process has a descriptor of: by device and root;
 *   - open files below it, working directories, roots (chroot) and programs of any thread,
 *     through whichever mount but the host's own.
 *
 * The look is whole, and the directory is deleted, or it is not, and the set stays held and is
 * looked at again.  It stays whole whatever users of other sets do: of each uid it reads
 * DISK_NAMESPACES mount namespaces, of each of these MEMBERS_MOUNTS_MAX mounts, and of all of its
 * processes DISK_DESCRIPTORS descriptors, besides the first DISK_FREE of each process.  A user of the
 * set beyond these bounds keeps the set; for anybody else the bound ends the search: who hides
 * behind many mounts of their own what another user has handed them loses it.
 * A descriptor on its way in a socket and a file that is mapped and no longer open are not seen.
 */
enum {
	DISK_NAMESPACES = 64,
	DISK_DESCRIPTORS = 65536,
	DISK_FREE = 64,
	DISK_LEVELS = 32, /* components of the path of a mount point above a private directory */
};

/* The statedir, by its place in its file system. */
struct disk_place {
	uint64_t dev;        /* as in /proc/PID/mountinfo */
	char path[PATH_MAX]; /* from the root of the file system; "" for the root itself */
	size_t len;          /* of path; 0 with dev 0: not known */
};

/* Finds the place of @statedir.  Returns 0 or -errno, with *ret matching nothing. */
int disk_find_place(const char *statedir, struct disk_place *ret);

/* Whether @m is a mount of the directory @name below the statedir, or of what is below that. */
bool disk_is_below(const struct disk_place *p, const char *name, const struct mounts_one *m);

/* Whether the set has directories on disk that end with it. */
bool disk_ends_with(const struct set *set);

/* Writes the name below the statedir of what ends with the set, or "", to @buf. */
void disk_name(const struct set *set, char buf[64]);

/*
 * The look, for the targets with wants_disk: counts their users in members, notes one in member_pid,
 * and sets is_partial of those that may have others.  @hint of each: see members_target.  Ends at
 * @deadline_us (CLOCK_MONOTONIC), with all of them partial.  Needs the scanner's capabilities.
 */
void disk_look(struct members_target *targets, unsigned count, const struct members_known *known,
	       uint64_t deadline_us);

/* Below here: between disk_walk.c and walk.c. */

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

/* A file that was in none of the directories, and the path by which it was looked for. */
struct walk_file {
	uint64_t dev, ino;
	char *path; /* owned, until the process ends */
};

enum {
	WALK_OUTSIDE = 256
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
	struct walk_file outside[WALK_OUTSIDE]; /* the last that were judged */
	unsigned outside_count;                 /* of all that were */
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

#endif /* NSI_DISK_H */
