/* SPDX-License-Identifier: MIT */
/* What of the host's directory can still be seen in the private one? */
#ifndef NSI_ISLAND_H
#define NSI_ISLAND_H

#include <sys/types.h>

struct nsi_fail;

/*
 * Takes a copy of the mount of @name below @host_dir, before that is covered.
 * Only a directory of root's is taken: in a world-writable /tmp anybody could
 * have been first to make one of that name.
 * Returns a detached mount, ISLAND_NONE if there is none to take (why: in @warning
 * unless it is just not there), or -errno.
 */
enum {
	ISLAND_NONE = -1000000
};
int island_take(int host_dir, const char *name, struct nsi_fail *warning, struct nsi_fail *f);

/* Attaches it as @name below @instance, the root of an attached instance. */
int island_attach(int island, int instance, const char *name, struct nsi_fail *warning,
		  struct nsi_fail *f);

#endif /* NSI_ISLAND_H */
