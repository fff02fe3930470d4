/* SPDX-License-Identifier: MIT */
/* Mount namespaces made by users of a set that still mount its file systems */
#ifndef NSI_FOREIGN_H
#define NSI_FOREIGN_H

#include <stdbool.h>
#include <stdint.h>

struct members_target;

enum {
	FOREIGN_CACHE = 1024
};

/* Verdicts on mount namespaces, so that each is looked at once, whoever is in it. */
struct foreign {
	struct members_target *targets;
	unsigned count;
	bool is_partial; /* a bound was reached, or something could not be read */
	struct {
		uint64_t mnt; /* inode; 0: empty */
		int target;
		int pin; /* a target's is kept open, so that the inode is no other's; owned */
	} cache[FOREIGN_CACHE];
};

void foreign_init(struct foreign *f, struct members_target *targets, unsigned count);
void foreign_done(struct foreign *f);

/*
 * The target whose file systems are mounted in the mount namespace with the inode @mnt, of a
 * thread whose /proc/PID/task/TID/ns is @ns_dir; -1 if it is none's, or if it was not made by a
 * user of the target.  Exact on Linux 6.11 (listmount(2) on other namespaces); none is found before.
 */
int foreign_find(struct foreign *f, int ns_dir, uint64_t mnt);

#endif /* NSI_FOREIGN_H */
