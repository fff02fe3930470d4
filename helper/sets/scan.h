/* SPDX-License-Identifier: MIT */
/* The scanner: a child that looks for the processes of sets, and signals them. */
#ifndef NSI_SCAN_H
#define NSI_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "loop/loop.h"
#include "work/work.h"

struct sets;

/*
 * It reads /proc for all sets that wait for their processes, so that ten thousand of these delay
 * nobody's login.  At its deadline it returns what it has found by then: see members.h.  In a set
 * with a PID namespace the kernel is asked, by kill(-1, 0) from inside.
 */
struct scanner {
	struct sets *sets;
	bool again;
	bool may_freeze;    /* the look under way: control groups, see look.h */
	uint64_t freeze_us; /* when one may again */
	struct work work;
	struct timer next;
};

void scanner_init(struct scanner *s, struct sets *sets);

/* Looks at the sets that want it, now or after the look that is under way. */
void scanner_start(struct scanner *s);

#endif /* NSI_SCAN_H */
