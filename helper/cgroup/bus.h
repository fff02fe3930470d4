/* SPDX-License-Identifier: MIT */
/* Calls to systemd over D-Bus, by nsisolate-limits */
#ifndef NSI_CGROUP_BUS_H
#define NSI_CGROUP_BUS_H

#include <stdint.h>

struct nsi_fail;

enum {
	BUS_ARGS = 16,
	BUS_ARG = 320
};

/* The words of a call, one behind the other; limits/main.c lists the verbs. */
struct bus_call {
	char args[BUS_ARGS][BUS_ARG];
	unsigned count;
};

void bus_begin(struct bus_call *c, const char *verb);
void bus_add(struct bus_call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Executes nsisolate-limits, which lies beside the helper, with a fixed environment and no
 * descriptor of ours; it gives up after five seconds.  Fills in the @count numbers that it prints,
 * one a line.  Returns 0, or -errno with "@what: " and systemd's message in @f.
 */
int bus_run(const struct bus_call *c, uint64_t ret[], unsigned count, const char *what,
	    struct nsi_fail *f);

#endif /* NSI_CGROUP_BUS_H */
