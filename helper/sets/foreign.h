/* SPDX-License-Identifier: MIT */
/* Mount namespaces made by users of a set that still mount its file systems */
#ifndef NSI_FOREIGN_H
#define NSI_FOREIGN_H

#include <stdbool.h>
#include <stdint.h>

struct disk_place;
struct members_target;

enum {
	FOREIGN_CACHE = 1024
};

/* Verdicts on mount namespaces, so that each is looked at once, whoever is in it. */
struct foreign {
	struct members_target *targets;
	unsigned count;
	bool is_partial;          /* a bound was reached, or something could not be read */
	struct disk_place *place; /* owned; NULL until it is needed */
	struct {
		uint64_t mnt; /* inode; 0: empty */
		int target;
		int pin; /* a target's is kept open, so that the inode is no other's; owned */
	} cache[FOREIGN_CACHE];
};

void foreign_init(struct foreign *f, struct members_target *targets, unsigned count);
void foreign_done(struct foreign *f);

/*
 * Reads the uid of the user who made the outermost user namespace below the host's that owns the
 * mount namespace @fd.  Returns 0, -ENOENT for one of the host's user namespace, which only root
 * makes, or -errno.
 */
int foreign_owner(int fd, uint32_t *ret);

/* Whether @uid has, or had, sessions in the set. */
bool foreign_is_users(const struct members_target *t, uint32_t uid);

/*
 * The target whose file systems, or directories on disk that end with it, are mounted in the mount namespace with the inode @mnt, of a
 * thread whose /proc/PID/task/TID/ns is @ns_dir; -1 if it is none's, or if it was not made by a
 * user of the target.  Exact on Linux 6.11 (listmount(2) on other namespaces); none is found before.
 */
int foreign_find(struct foreign *f, int ns_dir, uint64_t mnt);

#endif /* NSI_FOREIGN_H */
