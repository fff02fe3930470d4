/* SPDX-License-Identifier: MIT */
/* Which processes are still in a set? */
#ifndef NSI_SCAN_H
#define NSI_SCAN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "loop/loop.h"

struct helper;
struct nsi_fail;

/*
 * A child reads /proc for all sets that wait for their last process, so that ten
 * thousand processes hold up nobody's login.  A process is in a set if any of its
 * namespaces is the set's, or if its mount namespace is neither the host's nor a
 * set's and has an instance of the set mounted: that is how podman, bwrap and
 * "unshare -m" look from here.
 */
struct scanner {
	struct helper *helper;
	bool again;
	int pidfd;
	struct source pipe;
	struct timer next;
	struct timer deadline;
	char *buf;
	unsigned used, room;
	_Atomic uint32_t *born; /* anchors with new namespaces so far; the child sees it grow */
	uint32_t born_before;   /* of when it was forked */
};

/* Returns 0 or -errno. */
int scanner_init(struct scanner *s, struct helper *h, struct nsi_fail *f);

/* To be called before new namespaces are made: see scan_target in members.h. */
void scanner_note_birth(struct scanner *s);

/* Looks at the sets that want it, now or after the look that is under way. */
void scanner_start(struct scanner *s);

#endif /* NSI_SCAN_H */
