/* SPDX-License-Identifier: MIT */
/* The report of the results */
#ifndef NSI_BENCH_REPORT_H
#define NSI_BENCH_REPORT_H

#include <stdio.h>

#include "busy.h"
#include "contest.h"
#include "growth.h"
#include "memory.h"

enum {
	REPORT_CURVES = 6
};

struct report {
	unsigned rounds;
	const struct result *results;
	struct curve curves[REPORT_CURVES];
	unsigned curve_count;
	struct memory memory[MEMORY_POINTS];
	unsigned memory_count;
	struct memory former[MEMORY_POINTS]; /* of the build that it is compared with */
	unsigned former_count;
	struct busy busy[BUSY_LEVELS];
	struct rush rush;
};

/* A line of what is to be reached. */
struct reach {
	const char *what;
	double got, limit; /* got <= limit is wanted; got 0: not measured */
	const char *unit;
	double floor; /* the same of bare system calls, or of pam_permit; 0: not measured */
};

/* Writes results.json, tables.md and the plot's data below bench.out.  0 or -1. */
int report_write(const struct report *r);

/* Fills @ret with at most @room lines; returns their number. */
unsigned report_reach(const struct report *r, struct reach *ret, unsigned room);

/* Markdown and JSON, each into its file. */
void report_tables(const struct report *r, FILE *to);
void report_json(const struct report *r, FILE *to);

#endif /* NSI_BENCH_REPORT_H */
