/* SPDX-License-Identifier: MIT */
/* The files that a process may reach */
#ifndef NSI_CONFINE_LANDLOCK_H
#define NSI_CONFINE_LANDLOCK_H

struct nsi_fail;

/*
 * DOC: Landlock
 *
 * landlock(7) takes away from a process, for good, every file but those below the places that it
 * names: on Linux 5.13 and later, if the kernel has it in its list of security modules.  The kernel
 * is asked for all that it can restrict.  The process
 * also loses its way to other processes (signals and abstract sockets, Linux 6.12) and to TCP (6.7).
 * A kernel without Landlock restricts nothing, which is no failure: docs/security.md says so.
 */
enum landlock_access {
	LANDLOCK_TO_READ,
	LANDLOCK_TO_WRITE, /* and to read, make, move and remove */
};

struct landlock_place {
	const char *path; /* a place that does not exist is ignored; NULL: the descriptor */
	int fd;           /* of a directory or file, any flags */
	enum landlock_access access;
};

enum landlock_demands {
	/*
	 * The process moves files between directories, which Landlock allows since Linux 5.19; on an
	 * earlier kernel nothing is restricted.
	 */
	LANDLOCK_MOVES = 1 << 0,
	LANDLOCK_CONNECTS = 1 << 1, /* to servers, by TCP and by abstract sockets */
};

/*
 * Limits this process to @places; @demands is a mask of enum landlock_demands.  Sets no_new_privs.
 * Returns 0 or -errno.
 */
int landlock_limit(const struct landlock_place *places, unsigned count, unsigned demands,
		   struct nsi_fail *f);

/* Limits this process to reading files, of any place; otherwise as landlock_limit(). */
int landlock_limit_to_reading(unsigned demands, struct nsi_fail *f);

#endif /* NSI_CONFINE_LANDLOCK_H */
