/* SPDX-License-Identifier: MIT */
/* Definitions shared by all parts of the benchmark */
#ifndef NSI_BENCH_BENCH_H
#define NSI_BENCH_BENCH_H

#include <stdbool.h>

struct bench {
	bool quick;
	const char *modules; /* where PAM modules are */
	const char *against; /* another build of ours to compare with; NULL: none */
	const char *former;  /* a build that memory is compared with */
	const char *names;   /* " NAME NAME " of the contestants that run; NULL: all */
	const char *out;     /* the directory of the results */
};

extern struct bench bench;

/* A word on stderr about how far it is. */
__attribute__((format(printf, 1, 2))) void bench_say(const char *fmt, ...);

#endif /* NSI_BENCH_BENCH_H */
