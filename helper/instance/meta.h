/* SPDX-License-Identifier: MIT */
/* How long an instance is kept, and whether it is in use. */
#ifndef NSI_INSTANCE_META_H
#define NSI_INSTANCE_META_H

#include <stdbool.h>
#include <stdint.h>

struct nsi_fail;

/*
 * DOC: an instance's meta file
 *
 * .meta-<dir> lies beside the instance <dir>, in a directory of root with mode 0700.  It
 * records when the instance ends, and its lock (flock(2)) marks the instance as in use: a user
 * can open the instance, lock it, and pass the descriptor on, but never this file.  A set's
 * anchor has a shared lock for as long as it lives; a process that ends an instance has an exclusive
 * one for a moment.  So the file is rewritten in place, and stays when its instance ends.
 */
struct instance_meta {
	bool until_boot;
	uint64_t age;
	uint64_t used; /* seconds since the epoch */
	char boot_id[40];
};

/* Reads a meta file.  Returns 0, -ENOENT, -EBADMSG for an invalid one, or another -errno. */
int instance_meta_read(int dir_fd, const char *name, struct instance_meta *ret);

/*
 * Opens the meta file of @name below @dir_fd with a lock: exclusive if nobody else has one,
 * shared otherwise, as @ret_alone says.  A missing file is written as @initial, on a full file
 * system from the reserve of @state_fd.  Returns a descriptor, or -errno.
 */
int meta_lock(int state_fd, int dir_fd, const char *name, const struct instance_meta *initial,
	      bool *ret_alone, struct nsi_fail *f);

/* Writes @meta to @fd of meta_lock().  Returns 0 or -errno. */
int meta_update(int fd, const struct instance_meta *meta);

/*
 * Makes the lock of @fd, of meta_lock() for @name, a shared one, and @fd a descriptor for reading alone:
 * one for writing, kept open in a set, would keep its mount from being made read-only (EBUSY of
 * mount_setattr(2)).  Returns 0 or -errno.
 */
int meta_share(int *fd, int dir_fd, const char *name, struct nsi_fail *f);

/* An exclusive lock of a meta file that is there.  -EWOULDBLOCK if it is in use, -ENOENT, or -errno. */
int meta_lock_unused(int dir_fd, const char *name);

/* Whether an instance has outlived its retention.  A clock that went backwards ends nothing. */
bool instance_is_over(const struct instance_meta *meta, const char *boot_id, uint64_t now);

#endif /* NSI_INSTANCE_META_H */
