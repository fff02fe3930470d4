/* SPDX-License-Identifier: MIT */
/* The control groups of a process, and the root of a cgroup namespace */
#ifndef NSI_CGROUP_H
#define NSI_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct nsi_fail;

/*
 * DOC: the root of a cgroup namespace
 *
 * It is, in each hierarchy, the cgroup of the process that calls unshare(2)
 * (cgroup_namespaces(7)).  So the anchor moves into the login's cgroups for that one
 * call, and back: it must not be killed, or counted, with the first session of the set.
 *
 * Version 2, version 1, and both at once (systemd's "hybrid") are one case here: a
 * list of mounts, each of one hierarchy.
 */
enum {
	CGROUP_TEXT = 256,
	CGROUP_MOUNTS_MAX = 24
};

struct cgroup_mount {
	char point[CGROUP_TEXT];
	char root[CGROUP_TEXT];    /* the part of the hierarchy that is mounted there */
	char options[CGROUP_TEXT]; /* version 1: the controllers, or "name=...", among others */
	bool is_v2;
	bool is_readonly;
};

/* The mounts of cgroups in this mount namespace.  Returns their count or -errno. */
int cgroup_read_mounts(struct cgroup_mount ret[CGROUP_MOUNTS_MAX]);

/*
 * Whether @word is one of those between the commas of @options.  "name=systemd" is
 * one word.
 */
bool cgroup_has_option(const char *options, const char *word);

/*
 * The directory, below the mount @m, of the cgroup that process @pid is in; "" if it
 * is in none that this mount shows.  Returns 0 or -errno.
 */
int cgroup_find(const struct cgroup_mount *m, pid_t pid, char *buf, size_t size);

/*
 * The directory of the group @path in the hierarchy with the controllers @tree, as a line of
 * /proc/PID/cgroup has both ("" for version 2), and its id, which is its inode.
 * Returns 0, -ENOENT if no mount shows it, or another -errno.
 */
int cgroup_find_dir(const char *tree, const char *path, char *buf, size_t size, uint64_t *ret_id);

/*
 * Whether there is no process in the group at @dir or below it, or no group with that id any more.
 * Returns 1, 0, or -errno if it cannot be told.
 */
int cgroup_is_empty(const char *dir, uint64_t id, bool is_v2);

/*
 * Gives this process a cgroup namespace whose roots are the cgroups of @login.
 * Returns 0 or -errno.
 */
int cgroup_unshare_at(pid_t login, struct nsi_fail *f);

#endif /* NSI_CGROUP_H */
