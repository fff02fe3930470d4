/* SPDX-License-Identifier: MIT */
/* Calls to systemd's manager and to logind, over D-Bus */
#ifndef NSI_LIMITS_MANAGER_H
#define NSI_LIMITS_MANAGER_H

#include <stdint.h>
#include <sys/types.h>

#include <systemd/sd-bus.h>

/* All functions return 0 or -errno, with the other side's message in @e if there is one. */

/* A property whose value is a number, as "TasksMax". */
struct manager_property {
	const char *name;
	uint64_t value; /* UINT64_MAX: no limit */
};

/* Reads @count numbers of the unit @unit, of the kind @interface ("Slice", "Service"), into @properties. */
int manager_get(sd_bus *bus, const char *unit, const char *interface,
		struct manager_property *properties, unsigned count, sd_bus_error *e);

/* Sets @count numbers of a unit, until the next boot. */
int manager_set(sd_bus *bus, const char *unit, const struct manager_property *properties,
		unsigned count, sd_bus_error *e);

/* A scope of its own for a process. */
struct manager_scope {
	const char *name;
	const char *slice;
	const char *description;
	const char *before; /* a unit that stops before the scope does; NULL: none */
	pid_t pid;
};

/* Has systemd start @scope with @count properties.  systemd answers before it has done it. */
int manager_start_scope(sd_bus *bus, const struct manager_scope *scope,
			const struct manager_property *properties, unsigned count, sd_bus_error *e);

/* Reads the process that leads logind's session @id. */
int manager_leader(sd_bus *bus, const char *id, pid_t *ret, sd_bus_error *e);

#endif /* NSI_LIMITS_MANAGER_H */
