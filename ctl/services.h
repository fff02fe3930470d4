/* SPDX-License-Identifier: MIT */
/* Known PAM services, by name */
#ifndef NSI_CTL_SERVICES_H
#define NSI_CTL_SERVICES_H

#include <stddef.h>

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

/* Row @i of what is known, or NULL behind the last. */
const struct service *service_row(size_t i);

#endif /* NSI_CTL_SERVICES_H */
