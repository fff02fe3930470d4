/* SPDX-License-Identifier: MIT */
/* The module's request to the helper, and its answer */
#ifndef NSI_LOGIN_ASK_H
#define NSI_LOGIN_ASK_H

#include <stdbool.h>

#include "wire/wire.h"

struct client_call;
struct module_args;
struct nsi_fail;
struct place;

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

/*
 * Enters what call->reply carries in its first @ways descriptors, as place_enter() does.  setns(2)
 * of a pidfd needs the right to trace its process, which a service without CAP_SYS_PTRACE does not
 * have: then asks the helper for descriptors of the namespaces (CAP_SYS_ADMIN is enough for these),
 * and enters one after the other.  Returns as place_enter().
 */
int ask_enter(struct client_call *call, struct place *place, unsigned ways, struct nsi_fail *f);

/* Tells the helper whether the process has entered; the session counts from here. */
void ask_acknowledge(struct client_call *call, bool entered);

#endif /* NSI_LOGIN_ASK_H */
