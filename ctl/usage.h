/* SPDX-License-Identifier: MIT */
/* The disk usage of a private directory */
#ifndef NSI_CTL_USAGE_H
#define NSI_CTL_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "state/net_record.h"

struct ctl;
struct record_dir;
struct set_record;
struct view;

struct usage {
	uint64_t used; /* bytes */
	uint64_t size; /* of a tmpfs or a quota; 0 where there is no limit of its own */
	uint64_t inodes_used;
	uint64_t inodes; /* as size */
	bool is_known;
	bool is_partial; /* there was too much to count: at least this much */
};

/*
 * Measures the instance @dir of a set: a tmpfs by statfs(2), a directory on disk by a
 * walk that is bounded in time and entries, crosses no mount, follows no link and
 * reads no file system of the user's.
 * @root is an O_PATH descriptor of the root of a process in the set.
 */
struct usage usage_of(int root, const struct record_dir *dir);

/* The same for the stored directory @top, an O_PATH descriptor, whether a set uses it or not. */
struct usage usage_of_stored(int top);

/*
 * An O_PATH descriptor of the root directory in the set (of the anchor; for one's
 * own set, of this process), or -errno.
 */
int view_open_root(const struct view *v);

/*
 * Reads the record of the set's network from <rundir>/net, which is for root; an ordinary user
 * knows nothing of it, and @ret is then empty.
 */
void network_read(const char *rundir, const struct view *v, struct net_record *ret);

/* The name that it has below /run/netns, or "". */
static inline const char *network_name(const struct net_record *n)
{
	return n->publish[0] ? n->publish : n->netns;
}

/* As the kernel says; 0 in each of the last three for what has no limit. */
struct limits {
	bool is_known; /* the set has limits, and this is what is used */
	uint64_t tasks;
	uint64_t memory;
	uint64_t tasks_max;
	uint64_t memory_max;
	uint64_t cpu; /* percent of one processor */
};

struct limits limits_of(const struct ctl *ctl, const struct set_record *rec);

#endif /* NSI_CTL_USAGE_H */
