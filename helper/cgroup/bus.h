/* SPDX-License-Identifier: MIT */
/* Calls to systemd over D-Bus */
#ifndef NSI_CGROUP_BUS_H
#define NSI_CGROUP_BUS_H

#include <stddef.h>
#include <stdint.h>

struct nsi_fail;

enum {
	BUS_ARGS = 40,
	BUS_ARG = 320
};

/* The words of a call, one behind the other. */
struct bus_call {
	char args[BUS_ARGS][BUS_ARG];
	unsigned count;
};

void bus_add(struct bus_call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "busctl --system call ... METHOD SIGNATURE" of systemd's manager. */
void bus_begin(struct bus_call *c, const char *method, const char *signature);

/*
 * Runs busctl(1), by its path, with a fixed environment and no descriptor of ours, for
 * five seconds at most.  @ret, of @size bytes, may be NULL.
 * Returns 0 or -errno with what it complained of.
 */
int bus_run(const struct bus_call *c, char *ret, size_t size, const char *what, struct nsi_fail *f);

struct bus_object {
	const char *service;
	const char *path;
	const char *interface;
};

/* Reads @count properties that are numbers, in one call: each costs a program. */
int bus_get(const struct bus_object *object, const char *const names[], unsigned count,
	    uint64_t ret[], struct nsi_fail *f);

/* @name as the last part of an object's path: "_31" for "1", "user_2d1_2eslice". */
void bus_escape(const char *name, char *buf, size_t size);

#endif /* NSI_CGROUP_BUS_H */
