/* SPDX-License-Identifier: MIT */
/* The scanner: a child that looks for the processes of sets, and signals them. */
#ifndef NSI_SCAN_H
#define NSI_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "loop/loop.h"

struct helper;
struct set;

/*
 * It reads /proc for all sets that wait for their processes, so that ten thousand of these hold
 * up nobody's login.  What it has found when its time is over counts: see members.h.  In a set
 * with a PID namespace the kernel is asked, by kill(-1, 0) from inside.
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
};

void scanner_init(struct scanner *s, struct helper *h);

/* Looks at the sets that want it, now or after the look that is under way. */
void scanner_start(struct scanner *s);

enum scan_glance {
	SCAN_NOBODY, /* known of; there may be somebody all the same */
	SCAN_FOUND,
	SCAN_MANY, /* too many processes to look at at once: the scanner must */
};

/*
 * A look, here and now, at the few processes that are younger than the set's first session: for
 * an end without any walk over /proc where nobody is left.
 */
enum scan_glance scan_glance(const struct set *set);

#endif /* NSI_SCAN_H */
