/* SPDX-License-Identifier: MIT */
/* The memory of a set */
#ifndef NSI_BENCH_MEMORY_H
#define NSI_BENCH_MEMORY_H

enum {
	MEMORY_POINTS = 3
};

/* KiB.  The kernel's are differences of /proc/meminfo to before the first set. */
struct memory {
	unsigned sets;
	double helper_pss;  /* and of the anchor that waits for the next set */
	double anchors_pss; /* of all of them */
	double kernel;      /* slab, page tables, stacks, per-CPU areas */
};

/*
 * Fills @ret for the module that is installed, or the one in the directory @build with its helper
 * (NULL: none).  Anchors of an earlier call live on: what they free would be used again.
 * Returns how many points there are.
 */
unsigned memory_run(const char *build, struct memory ret[MEMORY_POINTS]);

#endif /* NSI_BENCH_MEMORY_H */
