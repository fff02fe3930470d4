/* SPDX-License-Identifier: MIT */
/* The mount tables of other mount namespaces */
#ifndef NSI_MOUNT_LIST_H
#define NSI_MOUNT_LIST_H

#include <stdbool.h>
#include <stdint.h>

/* One mount. */
struct mounts_one {
	uint64_t dev;     /* of its file system, as /proc/PID/mountinfo shows it */
	const char *root; /* the path in the file system that is mounted; valid during the call */
};

/*
 * Calls @each with the mounts of the mount namespace @fd, the oldest first, until it returns
 * true, for @most of them at most.  The mounts that a namespace was copied with are its
 * oldest, whatever its owner mounts afterwards, and a chroot(2) hides none.
 *
 * Returns 1 if @each has returned true; 0 if it has for none; -E2BIG if there are more mounts;
 * -EOPNOTSUPP before Linux 6.11 (listmount(2) on other namespaces); or -errno.  Needs CAP_SYS_ADMIN.
 */
int mounts_each(int fd, unsigned most, bool (*each)(void *arg, const struct mounts_one *m),
		void *arg);

/*
 * The same by the mountinfo of process @pid, on any kernel, in the order of the table: it has the
 * mounts below the root of that process alone.
 */
int mounts_each_seen(int pid, unsigned most, bool (*each)(void *arg, const struct mounts_one *m),
		     void *arg);

#endif /* NSI_MOUNT_LIST_H */
