/* SPDX-License-Identifier: MIT */
/* What is known of a PAM service by its name? */
#ifndef NSI_CTL_SERVICES_H
#define NSI_CTL_SERVICES_H

enum service_kind {
	SERVICE_LOGIN,    /* opens sessions of ordinary users */
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

/* What is known of @name; never NULL. */
const struct service *service_find(const char *name);

/* Why a session module must not stand behind ours. */
struct late_module {
	const char *name;
	const char *unless; /* an argument with which it may */
	int is_error;
	const char *reason;
};

/* What is known of a module that stands behind ours, or NULL if it does no harm. */
const struct late_module *late_find(const char *module, const char *args);

#endif /* NSI_CTL_SERVICES_H */
