/* SPDX-License-Identifier: MIT */
/* How long logins have waited for the helper since boot, as a histogram */
#ifndef NSI_STATE_WAITS_H
#define NSI_STATE_WAITS_H

#include <stdint.h>

/*
 * DOC: the histogram
 *
 * <rundir>/waits has, for logins that got a new set and for those that joined one, how many have
 * waited how long: from the request to the answer that lets them in.  The helper adds each and writes
 * the file anew with one pwrite(2); "nsisolate metrics" reads it.  A file whose checksum is wrong
 * counts as none.  A failure here never refuses a login.
 */
#define WAITS_FILE "waits"

enum {
	WAITS_BUCKETS = 14, /* the last has no upper bound */
};

enum waits_kind {
	WAITS_NEW,
	WAITS_JOINED,
	WAITS_KINDS
};

struct waits_row {
	uint64_t counts[WAITS_BUCKETS]; /* of each bucket alone */
	uint64_t sum_us;
};

struct waits {
	struct waits_row rows[WAITS_KINDS];
	uint64_t check; /* hash of the rows */
};

/* The upper bound of a bucket in microseconds; UINT64_MAX for the last. */
uint64_t waits_bound_us(unsigned bucket);

/* Adds a wait to @w, which is in memory. */
void waits_add(struct waits *w, enum waits_kind kind, uint64_t us);

/* Opens or makes the file below @run_fd and reads it.  Returns a descriptor for waits_write(), or -errno. */
int waits_open(int run_fd, struct waits *ret);

/* Writes the file anew.  Returns 0 or -errno. */
int waits_write(int fd, struct waits *w);

/* Reads the file below @run_fd; all 0 where there is none.  Returns 0 or -errno. */
int waits_read(int run_fd, struct waits *ret);

#endif /* NSI_STATE_WAITS_H */
