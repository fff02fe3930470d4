/* SPDX-License-Identifier: MIT */
/* nsisolate-limits: what the helper asks systemd for, in a program of its own */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "limits/manager.h"

/*
 * DOC: why a program
 *
 * sd-bus is a part of libsystemd, whose code and memory a resident helper and each anchor that is
 * forked from it would have for nothing: limits need it for a moment, on few machines.  The
 * helper executes this with a fixed environment, as uid 0 without a capability; systemd grants
 * what it does to the uid.
 *
 *	get UNIT INTERFACE PROPERTY...              prints a number a line
 *	set UNIT PROPERTY=NUMBER...
 *	scope NAME SLICE PID DESCRIPTION [PROPERTY=NUMBER...]
 *	keep NAME SLICE PID DESCRIPTION             a scope that outlives the sessions when the system stops
 *	leader SESSION                              prints a pid
 *
 * Exit status 0; or 1 with systemd's message in one line on the standard error output.
 */
enum {
	PROPERTIES_MAX = 8,
	TIMEOUT_US = 5 * 1000000,
};

static int main_fail(const sd_bus_error *e, int r)
{
	(void)fprintf(stderr, "%s\n", e->message ? e->message : strerrordesc_np(-r));
	return 1;
}

/* "NAME=NUMBER", or "NAME" for one to be read. */
static int main_read_properties(int argc, char **argv, struct manager_property *ret)
{
	if (argc > PROPERTIES_MAX)
		return -E2BIG;
	for (int i = 0; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		ret[i] = (struct manager_property){.name = argv[i]};
		if (!value)
			continue;
		*value = '\0';
		if (text_u64(value + 1, UINT64_MAX, &ret[i].value) < 0)
			return -EINVAL;
	}
	return 0;
}

static int main_get(sd_bus *bus, int argc, char **argv, sd_bus_error *e)
{
	struct manager_property properties[PROPERTIES_MAX];
	const int count = argc - 2;
	int r;

	if (count < 1)
		return -EINVAL;
	r = main_read_properties(count, argv + 2, properties);
	if (r == 0)
		r = manager_get(bus, argv[0], argv[1], properties, (unsigned)count, e);
	for (int i = 0; r == 0 && i < count; i++)
		(void)printf("%" PRIu64 "\n", properties[i].value);
	return r;
}

static int main_set(sd_bus *bus, int argc, char **argv, sd_bus_error *e)
{
	struct manager_property properties[PROPERTIES_MAX];
	int r;

	if (argc < 2)
		return -EINVAL;
	r = main_read_properties(argc - 1, argv + 1, properties);
	return r < 0 ? r : manager_set(bus, argv[0], properties, (unsigned)argc - 1, e);
}

static int main_start_scope(sd_bus *bus, int argc, char **argv, const char *before, sd_bus_error *e)
{
	struct manager_property properties[PROPERTIES_MAX];
	struct manager_scope scope;
	uint64_t pid;
	int r;

	if (argc < 4 || text_u64(argv[2], INT32_MAX, &pid) < 0)
		return -EINVAL;
	scope = (struct manager_scope){.name = argv[0],
				       .slice = argv[1],
				       .pid = (pid_t)pid,
				       .description = argv[3],
				       .before = before};
	r = main_read_properties(argc - 4, argv + 4, properties);
	return r < 0 ? r : manager_start_scope(bus, &scope, properties, (unsigned)argc - 4, e);
}

static int main_scope(sd_bus *bus, int argc, char **argv, sd_bus_error *e)
{
	return main_start_scope(bus, argc, argv, NULL, e);
}

/* Sessions are stopped before systemd-user-sessions.service, and the anchor of their set after it. */
static int main_keep(sd_bus *bus, int argc, char **argv, sd_bus_error *e)
{
	return main_start_scope(bus, argc, argv, "systemd-user-sessions.service", e);
}

static int main_leader(sd_bus *bus, int argc, char **argv, sd_bus_error *e)
{
	pid_t pid;
	int r = argc == 1 ? manager_leader(bus, argv[0], &pid, e) : -EINVAL;

	if (r == 0)
		(void)printf("%d\n", (int)pid);
	return r;
}

static const struct {
	const char *verb;
	int (*run)(sd_bus *bus, int argc, char **argv, sd_bus_error *e);
} main_verbs[] = {
	{"get", main_get},   {"set", main_set},       {"scope", main_scope},
	{"keep", main_keep}, {"leader", main_leader},
};

int main(int argc, char **argv)
{
	__attribute__((cleanup(sd_bus_flush_close_unrefp))) sd_bus *bus = NULL;
	__attribute__((cleanup(sd_bus_error_free))) sd_bus_error e = SD_BUS_ERROR_NULL;
	int r = -EINVAL;

	for (size_t i = 0; argc > 1 && i < sizeof(main_verbs) / sizeof(main_verbs[0]); i++) {
		if (strcmp(argv[1], main_verbs[i].verb) != 0)
			continue;
		r = sd_bus_open_system(&bus);
		if (r < 0)
			return main_fail(&e, r);
		r = sd_bus_set_method_call_timeout(bus, TIMEOUT_US);
		if (r >= 0)
			r = main_verbs[i].run(bus, argc - 2, argv + 2, &e);
		break;
	}
	return r < 0 ? main_fail(&e, r) : 0;
}
