/* SPDX-License-Identifier: MIT */
/* Statistics of a sample */
#ifndef NSI_BENCH_SAMPLE_H
#define NSI_BENCH_SAMPLE_H

#include <stdint.h>

enum {
	SAMPLE_MAX = 1024
};

/* Nanoseconds, in the order they were taken; a measurement that failed is not in it. */
struct sample {
	double value[SAMPLE_MAX];
	unsigned count;
};

struct summary {
	double min, q1, median, q3, p95, p99;
	unsigned count;
};

static inline void sample_add(struct sample *s, double value)
{
	if (s->count < SAMPLE_MAX)
		s->value[s->count++] = value;
}

/* All zero for an empty sample. */
struct summary sample_summary(const struct sample *s);

#endif /* NSI_BENCH_SAMPLE_H */
