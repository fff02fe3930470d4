/* SPDX-License-Identifier: MIT */
#include "limits/manager.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdlib.h>

#define SYSTEMD      "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define LOGIND       "org.freedesktop.login1"
#define LOGIND_PATH  "/org/freedesktop/login1"

static void manager_freep(char **text)
{
	free(*text);
}

int manager_get(sd_bus *bus, const char *unit, const char *interface,
		struct manager_property *properties, unsigned count, sd_bus_error *e)
{
	__attribute__((cleanup(manager_freep))) char *path = NULL;
	char full[64];
	int r = sd_bus_path_encode(SYSTEMD_PATH "/unit", unit, &path);

	if (r < 0)
		return r;
	text_fmt(full, sizeof(full), SYSTEMD ".%s", interface);
	for (unsigned i = 0; i < count; i++) {
		r = sd_bus_get_property_trivial(bus, SYSTEMD, path, full, properties[i].name, e,
						't', &properties[i].value);
		if (r < 0)
			return r;
	}
	return 0;
}

static int manager_append(sd_bus_message *m, const struct manager_property *properties,
			  unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		int r = sd_bus_message_append(m, "(sv)", properties[i].name, "t",
					      properties[i].value);
		if (r < 0)
			return r;
	}
	return 0;
}

static int manager_begin(sd_bus *bus, sd_bus_message **ret, const char *method)
{
	return sd_bus_message_new_method_call(bus, ret, SYSTEMD, SYSTEMD_PATH, SYSTEMD ".Manager",
					      method);
}

int manager_set(sd_bus *bus, const char *unit, const struct manager_property *properties,
		unsigned count, sd_bus_error *e)
{
	__attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *m = NULL;
	int r;

	if ((r = manager_begin(bus, &m, "SetUnitProperties")) < 0 ||
	    (r = sd_bus_message_append(m, "sb", unit, true)) < 0 ||
	    (r = sd_bus_message_open_container(m, 'a', "(sv)")) < 0 ||
	    (r = manager_append(m, properties, count)) < 0 ||
	    (r = sd_bus_message_close_container(m)) < 0)
		return r;
	r = sd_bus_call(bus, m, 0, e, NULL);
	return r < 0 ? r : 0;
}

int manager_start_scope(sd_bus *bus, const struct manager_scope *scope,
			const struct manager_property *properties, unsigned count, sd_bus_error *e)
{
	__attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *m = NULL;
	int r;

	if ((r = manager_begin(bus, &m, "StartTransientUnit")) < 0 ||
	    (r = sd_bus_message_append(m, "ss", scope->name, "fail")) < 0 ||
	    (r = sd_bus_message_open_container(m, 'a', "(sv)")) < 0 ||
	    (r = sd_bus_message_append(m, "(sv)(sv)(sv)(sv)", "Description", "s",
				       scope->description, "Slice", "s", scope->slice,
				       "CollectMode", "s", "inactive-or-failed", "PIDs", "au", 1,
				       (uint32_t)scope->pid)) < 0 ||
	    (scope->before &&
	     (r = sd_bus_message_append(m, "(sv)", "Before", "as", 1, scope->before)) < 0) ||
	    (r = manager_append(m, properties, count)) < 0 ||
	    (r = sd_bus_message_close_container(m)) < 0 ||
	    (r = sd_bus_message_append(m, "a(sa(sv))", 0)) < 0) /* no other unit */
		return r;
	r = sd_bus_call(bus, m, 0, e, NULL);
	return r < 0 ? r : 0;
}

int manager_leader(sd_bus *bus, const char *id, pid_t *ret, sd_bus_error *e)
{
	__attribute__((cleanup(manager_freep))) char *path = NULL;
	uint32_t leader;
	int r = sd_bus_path_encode(LOGIND_PATH "/session", id, &path);

	if (r < 0)
		return r;
	r = sd_bus_get_property_trivial(bus, LOGIND, path, LOGIND ".Session", "Leader", e, 'u',
					&leader);
	if (r < 0)
		return r;
	*ret = (pid_t)leader;
	return 0;
}
