/* SPDX-License-Identifier: MIT */
/* A process of its own for each measurement */
#ifndef NSI_BENCH_CHILD_H
#define NSI_BENCH_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* The results of a child, in memory that it shares with us. */
struct timing {
	double open_ns;
	double close_ns;
	double begin_ns; /* CLOCK_MONOTONIC, for those that run at once */
	double end_ns;
	int code;       /* 0: it worked */
	char why[100];  /* the step that failed */
	pid_t pid_left; /* a process that it leaves for us to end, or 0 */
	bool held;      /* a holder is inside */
};

static inline double child_now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail with this clock */
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* @count timings in memory that children share; never given back. */
struct timing *child_memory(unsigned count);

/* One login, or the operation to compare with it: @hold is called between open and close. */
typedef void (*child_fn)(const void *arg, struct timing *t, void (*hold)(struct timing *));

/* Runs @fn in a fresh process and waits for it.  Returns 0, or -1 with t->why. */
int child_time(child_fn fn, const void *arg, struct timing *t);

/* Children that stay inside until they are let go. */
struct crowd {
	struct timing *timings; /* child_memory() of at least the number of children */
	unsigned count;
	pid_t *pids;
};

int crowd_init(struct crowd *c, unsigned room);

/* One more, which opens and stays.  Returns when it is inside, or failed: -1. */
int crowd_enter(struct crowd *c, child_fn fn, const void *arg);

/* Lets all go, waits for their ends, and makes ready for others. */
void crowd_leave(struct crowd *c);

/*
 * @count children that all begin at once, with @args of @size bytes each, and @warm behind
 * them, which is in no other measurement either.  Fills timings[].  Returns the time from their release to the last one's end of open,
 * in nanoseconds, or -1.
 */
double child_race(child_fn fn, const void *args, size_t size, unsigned count, void (*warm)(void),
		  struct timing *timings);

#endif /* NSI_BENCH_CHILD_H */
