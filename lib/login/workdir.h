/* SPDX-License-Identifier: MIT */
/* The working directory across a change of mount namespaces */
#ifndef NSI_LOGIN_WORKDIR_H
#define NSI_LOGIN_WORKDIR_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct statx;

struct nsi_fail;

/*
 * DOC: the working directory
 *
 * setns(2) puts a process that enters a mount namespace on the root of that
 * namespace, whatever its directory was.  A command that was called in one
 * directory must not act on another: "cd /tmp/stage; sudo rm -rf srv" is not
 * about /srv.  So it goes to the first of these that there is:
 *
 *   1. the same directory, by its path in the new namespace;
 *   2. the same directory, by a descriptor, where that leaks nothing;
 *   3. the private directory that stands for it: /tmp for /tmp;
 *   4. an empty directory that nobody can write to.
 */

/* A directory: where it was found, and which one it is. */
struct workdir {
	char path[PATH_MAX]; /* "" for none that has a path: removed, or out of sight */
	uint64_t device;     /* of statx(2); with inode 0 it is not known which one it is */
	uint64_t inode;
	uint64_t mount; /* its mount; 0: not known */
};

/* The outcome, in the order of the comment above. */
enum workdir_result {
	WORKDIR_SAME,
	WORKDIR_KEPT,
	WORKDIR_PRIVATE,
	WORKDIR_EMPTY,
};

/* The ways in which a working directory may be found after a change of namespaces. */
struct workdir_rules {
	uid_t caller;                 /* its owner; their ids open directories that root may not */
	bool may_keep;                /* root on the way to the host: it may have the old one */
	bool may_be_private;          /* into a set, which has directories of its own */
	const struct workdir *origin; /* the directory before the set was entered; NULL: none */
};

/* Descriptors for the way, opened before the namespaces change. */
struct workdir_way {
	int kept;
	int empty;
};

#define WORKDIR_WAY_NONE ((struct workdir_way){-EBADF, -EBADF})

/* The device number of @st, as struct workdir and the page of joins have it. */
uint64_t workdir_device(const struct statx *st);

/* Records the working directory.  Does not fail: an unknown path is "", an unknown number 0. */
void workdir_look(struct workdir *ret);

/* The same for the directory @path; "" and 0 if it is none, or not an absolute path. */
void workdir_look_at(const char *path, struct workdir *ret);

/* Whether the path of @w leads to the same directory now, or to the private one in its place. */
bool workdir_is_there(const struct workdir *w);

/*
 * Opens the directories that workdir_go() cannot open later: the directory itself if it may be
 * kept, the empty one if @is_last_chance (a user namespace takes the right to make one).
 * Does not fail: a directory that cannot be opened is not used.
 */
void workdir_prepare(const struct workdir_rules *rules, bool is_last_chance,
		     struct workdir_way *ret);
void workdir_way_done(struct workdir_way *way);

/*
 * Changes to the directory @from in the entered mount namespace.  Returns an enum
 * workdir_result, or -errno with the process on "/".
 */
int workdir_go(const struct workdir *from, const struct workdir_rules *rules,
	       struct workdir_way *way, struct nsi_fail *f);

#endif /* NSI_LOGIN_WORKDIR_H */
