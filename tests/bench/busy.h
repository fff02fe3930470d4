/* SPDX-License-Identifier: MIT */
/* The benchmark on a busy machine: beside processes that want every processor all the time */
#ifndef NSI_BENCH_BUSY_H
#define NSI_BENCH_BUSY_H

#include "contest.h"

enum {
	BUSY_LEVELS = 3,
	BUSY_NAMES = 8
};

/* The contestants in one round, by their names; the first one is pam_permit. */
extern const char *const busy_names[BUSY_NAMES];

struct busy {
	unsigned hogs; /* for each processor; 0: not measured */
	struct sample open[BUSY_NAMES], over[BUSY_NAMES];
};

/* First logins one right behind the other, as when a class begins; and joins of one user at once. */
struct rush {
	struct sample first;      /* each login's open */
	struct sample first_bare; /* the same of bare_first() */
	struct sample all_bare;   /* as many of these at once, until the last is in */
	struct sample crowd;      /* until the last of many joins of one user is in */
	struct sample former;     /* the same, of the former build */
	struct sample permit;     /* as many sessions of pam_permit: what no module can be below */
};

/* Measures with the instances and live sets that @results have. */
void busy_run(struct result *results, struct busy busy[BUSY_LEVELS]);
void busy_rush(struct rush *ret);

#endif /* NSI_BENCH_BUSY_H */
