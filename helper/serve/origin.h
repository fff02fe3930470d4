/* SPDX-License-Identifier: MIT */
/* Where a process comes from, and the way back there */
#ifndef NSI_ORIGIN_H
#define NSI_ORIGIN_H

#include <stdint.h>

#include "base/nstype.h"

struct origin;
struct sets;

/*
 * Reads the namespaces in @types that a process has not reported itself.  A process that
 * stayed outside of its set's PID namespace cannot see itself in the /proc that it has.
 */
void origin_complete(int pid, uint32_t types, struct ns_inodes *at);

/* Where a process comes from; completes @from with what that takes. */
void origin_find(struct sets *sets, struct ns_inodes *from, int pid, uint32_t types,
		 struct origin *ret);

/* The namespaces that it stands in; the record of a session that outlived its helper has no inodes. */
struct ns_inodes origin_place(struct sets *sets, const struct origin *o);

/*
 * The way back: fills @fds and returns their count, 0 if there is none.  The
 * descriptors stay whose they are.
 */
unsigned origin_way(struct sets *sets, const struct origin *o, uint32_t types,
		    int fds[NS_TYPE_MAX]);

/*
 * The namespaces of process @pid, or the way back to @o, as one descriptor for each of @types in
 * their order.  The caller closes them (origin_close()).  Returns their count, 0 if one is missing.
 */
unsigned origin_open(int pid, uint32_t types, int fds[NS_TYPE_MAX]);
unsigned origin_open_way(struct sets *sets, const struct origin *o, uint32_t types,
			 int fds[NS_TYPE_MAX]);
void origin_close(int fds[], unsigned count);

#endif /* NSI_ORIGIN_H */
