/* SPDX-License-Identifier: MIT */
/* Who needs limits of control groups, and the release of limits that nobody needs any more */
#ifndef NSI_SETS_LIMITS_H
#define NSI_SETS_LIMITS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "work/work.h"

struct nsi_fail;

/* A set, or a login on its way to one.  As long as one holds limits, they are in force. */
struct limits_holder {
	LIST_ENTRY(limits_holder) link;
	bool holds;
	uint64_t set; /* the set whose limits they are; 0: all of the user's */
	uint32_t uid;
	bool has_memory; /* a limit of memory is among them */
};

struct limits_registry {
	struct loop *loop;
	int dir_fd; /* <rundir>/limits */
	struct work undo;
	bool again;       /* there is more to undo since it was started */
	bool has_unknown; /* a set that is not known may hold limits of its user's, too */
	LIST_HEAD(, limits_holder) holders;
};

/* Opens <rundir>/limits below @run_fd.  Returns 0 or -errno. */
int limits_init(struct limits_registry *l, struct loop *loop, int run_fd, struct nsi_fail *f);

/* Holds the limits of set @set or, if it is 0, of user @uid.  Does nothing if @h holds limits already. */
void limits_hold(struct limits_registry *l, struct limits_holder *h, uint64_t set, uint32_t uid);

/* Ends that.  If nobody else holds them, a child undoes them.  Does nothing if @h holds none. */
void limits_release(struct limits_registry *l, struct limits_holder *h);

/* Has a child undo all limits that an earlier helper left and nobody holds; call it once the sets are adopted. */
void limits_collect(struct limits_registry *l);

#endif /* NSI_SETS_LIMITS_H */
