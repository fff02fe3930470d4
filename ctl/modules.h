/* SPDX-License-Identifier: MIT */
/* Other session modules, and what becomes of them on either side of ours. */
#ifndef NSI_CTL_MODULES_H
#define NSI_CTL_MODULES_H

#include <stdbool.h>

/* Why a session module must not stand behind ours. */
struct late_module {
	const char *name;
	const char *unless;  /* an argument with which it may, or NULL */
	const char *but_for; /* a service in which it may, or NULL */
	bool is_error;
	const char *reason;
};

/* What is known of @module behind ours in the stack of @service, or NULL if it does no harm. */
const struct late_module *late_find(const char *module, const char *args, const char *service);

/* Whether @module starts something of the user's when a session is opened. */
bool module_is_starter(const char *module);

/* What a session module that stands before ours does at close, when the process is in the set. */
struct early_module {
	const char *name;
	bool is_error;
	const char *reason;
};

/* What is known of a module that stands before the line that closes, or NULL if it does no harm. */
const struct early_module *early_find(const char *module);

#endif /* NSI_CTL_MODULES_H */
