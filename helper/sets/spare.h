/* SPDX-License-Identifier: MIT */
/* The spare anchor, started before a login needs it */
#ifndef NSI_SPARE_H
#define NSI_SPARE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/utsname.h>

#include "loop/loop.h"
#include "sets/anchor.h"

struct setup_plan;
struct sets;

/*
 * DOC: the spare anchor
 *
 * Most of a first login's time goes into the fork and the new namespaces.  So once a set has
 * been built, an anchor like its own is started that waits in fresh namespaces for the next
 * plan; a login then costs what is to be built inside.
 *
 * A set must be the same whether a spare was used or not.  A fork copies the host's mounts (of
 * which not all propagate), the host's name, and the policy's image, which can change afterwards:
 * the spare is dropped when any of these does, and another is made a moment later.
 * A network namespace takes its sysctls from the host's unseen, so that no spare has one.
 *
 * It has nothing that would have to be undone, is on no record, and ends with the helper.
 */
struct spare {
	struct sets *sets;
	struct anchor anchor;  /* pidfd is -EBADF if there is none */
	uint64_t anchor_start; /* proc_start_time() */
	uint64_t made_us;      /* when it was made, by clock_now_us() */
	uint32_t types;        /* the namespaces of the present spare; those of the next */
	uint64_t digest;       /* of the policy that it is likely to be wanted for */
	bool is_lazy;          /* see struct anchor_spare */
	struct utsname host;   /* the names that it knows */
	struct source mounts;  /* /proc/self/mountinfo, which tells that the host's have changed */
	struct source process; /* its pidfd */
	struct timer timer;    /* until the next is made */
	uint64_t pause_us;     /* how long that is; longer when they come to nothing */
};

void spare_init(struct spare *s, struct sets *sets);

/*
 * Gives the anchor away, with @plan on its way to it, if there is one that fits.  Returns
 * whether there was.
 */
bool spare_take(struct spare *s, const struct setup_plan *plan, struct anchor *ret,
		uint64_t *ret_start);

/* A set of @plan was built: one more like it may be wanted soon. */
void spare_want(struct spare *s, const struct setup_plan *plan);

/* Drops the spare, as the host or the policy has changed. */
void spare_drop(struct spare *s);

#endif /* NSI_SPARE_H */
