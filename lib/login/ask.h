/* SPDX-License-Identifier: MIT */
/* The module's request to the helper, and its answer */
#ifndef NSI_LOGIN_ASK_H
#define NSI_LOGIN_ASK_H

#include <stdbool.h>

#include "wire/wire.h"

struct client_call;
struct module_args;
struct nsi_fail;

struct asking {
	struct client_call *call;
	const struct module_args *args;
	const struct nsi_open *open;
	/* Answers an NSI_NEED of call->reply; returns 0 or -errno. */
	int (*answer)(void *arg, struct client_call *call, struct nsi_fail *f);
	void *arg;
};

/*
 * Makes an NSI_OPEN for this process until it is decided: call->reply is then
 * NSI_ENTER, NSI_SKIP or NSI_REFUSED.  A helper that dies meanwhile is asked
 * again, or started again where @may_start.
 * Returns 0, CLIENT_NO_HELPER, or -errno.
 */
int ask_open(const struct asking *a, bool may_start, struct nsi_fail *f);

/* Tells the helper whether the process has entered; the session counts from here. */
void ask_acknowledge(struct client_call *call, bool entered);

#endif /* NSI_LOGIN_ASK_H */
