/* SPDX-License-Identifier: MIT */
#include "sample.h"

#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

/* Between the two neighbours of the rank, as R's default does. */
static double quantile(const double *sorted, unsigned count, double q)
{
	double at = q * (count - 1);
	unsigned low = (unsigned)at;

	if (low + 1 >= count)
		return sorted[count - 1];
	return sorted[low] + (at - low) * (sorted[low + 1] - sorted[low]);
}

struct summary sample_summary(const struct sample *s)
{
	double sorted[SAMPLE_MAX];

	if (s->count == 0)
		return (struct summary){0};
	memcpy(sorted, s->value, s->count * sizeof(sorted[0]));
	qsort(sorted, s->count, sizeof(sorted[0]), by_value);
	return (struct summary){
		.min = sorted[0],
		.q1 = quantile(sorted, s->count, 0.25),
		.median = quantile(sorted, s->count, 0.5),
		.q3 = quantile(sorted, s->count, 0.75),
		.p95 = quantile(sorted, s->count, 0.95),
		.p99 = quantile(sorted, s->count, 0.99),
		.count = s->count,
	};
}
