/* SPDX-License-Identifier: MIT */
/* Known PAM services, by name */
#ifndef NSI_CTL_SERVICES_H
#define NSI_CTL_SERVICES_H

#include <stdbool.h>

enum service_kind {
	SERVICE_LOGIN,    /* opens sessions of ordinary users */
	SERVICE_ROOT,     /* the same, for root alone to call */
	SERVICE_SYSTEM,   /* of system accounts alone, such as a greeter */
	SERVICE_NONE,     /* opens none */
	SERVICE_FALLBACK, /* "other": for services without a file */
	SERVICE_UNKNOWN,
};

struct service {
	const char *pattern; /* fnmatch(3) */
	enum service_kind kind;
	const char *what; /* who comes in by it */
};

/* Returns the facts about @name, or those of an unknown service; never NULL. */
const struct service *service_find(const char *name);

/* Why a session module must not stand behind ours. */
struct late_module {
	const char *name;
	const char *unless;  /* an argument with which it may, or NULL */
	const char *but_for; /* a service in which it may, or NULL */
	bool is_error;
	const char *reason;
};

/* Describes the effect of @module behind ours in the stack of @service; NULL: it has none. */
const struct late_module *late_find(const char *module, const char *args, const char *service);

/* Whether @module starts something of the user's when a session is opened. */
bool module_is_starter(const char *module);

/* Describes what a session module before ours does at close, when the process is in the set. */
struct early_module {
	const char *name;
	bool is_error;
	const char *reason;
};

/* Describes the effect of a module before the line that closes; NULL: it has none. */
const struct early_module *early_find(const char *module);

#endif /* NSI_CTL_SERVICES_H */
