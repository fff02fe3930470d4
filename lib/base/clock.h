/* SPDX-License-Identifier: MIT */
/* Monotonic time and deadlines */
#ifndef NSI_CLOCK_H
#define NSI_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Microseconds of CLOCK_MONOTONIC; no decision of a login depends on the wall clock. */
static inline uint64_t clock_now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail with this clock */
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

/* Milliseconds until @end_us, rounded up, for poll(2); 0 when it has passed. */
static inline int clock_left_ms(uint64_t end_us)
{
	uint64_t now = clock_now_us();

	return now >= end_us ? 0 : (int)((end_us - now + 999) / 1000);
}

#endif /* NSI_CLOCK_H */
