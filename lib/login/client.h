/* SPDX-License-Identifier: MIT */
/* The module's connection to the helper */
#ifndef NSI_LOGIN_CLIENT_H
#define NSI_LOGIN_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/wire.h"

struct module_args;
struct nsi_fail;
struct place;

/* One call: a connection, and what came back on it. */
struct client_call {
	int sock;
	uint64_t deadline_us;
	struct nsi_reply reply;
	int fds[NSI_FDS_MAX]; /* of the reply; -EBADF where there is none */
	unsigned fd_count;
	unsigned ways; /* count of the way in, after ask_enter(); the others are the way back */
};

/* Positive outcome of client_connect(): no helper runs, and none was to be started. */
enum {
	CLIENT_NO_HELPER = 1
};

/* Initializes a call without a connection; its deadline is @timeout seconds from now. */
void client_init(struct client_call *c, unsigned timeout);

/* Closes whatever the call holds; keeps errno. */
void client_done(struct client_call *c);

/*
 * Connects to the helper; if none runs and @may_start, starts one.
 * Returns 0, CLIENT_NO_HELPER, -EACCES for a caller without permission, or -errno.
 */
int client_connect(struct client_call *c, const struct module_args *args, bool may_start,
		   struct nsi_fail *f);

/*
 * Sends a message, with at most one descriptor (-EBADF for none).
 * Returns 0, -EPIPE when the helper is gone, or -errno.
 */
int client_send(struct client_call *c, const struct nsi_header *m, int fd, struct nsi_fail *f);

/*
 * Waits for the reply.  Returns 0, -EPIPE when the helper closed the connection without
 * one (the call may be repeated), -ETIMEDOUT, -EPROTO for a helper of another
 * version, or -errno.
 */
int client_receive(struct client_call *c, struct nsi_fail *f);

/*
 * Starts the helper with one end of a new SOCK_SEQPACKET pair as its first
 * connection.  The helper gets a fixed environment, /dev/null for its standard
 * streams, none of the host's descriptors, signal dispositions or mask, and is
 * not a child of this process: cron waits for all of its children for ever, and
 * a host's SIGCHLD handler is none of our business.
 *
 * Returns the other end (the caller closes it; the helper may still decline by
 * closing its own, when another one was faster), or -errno.
 */
int spawn_helper(const struct module_args *args, struct nsi_fail *f);

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

#endif /* NSI_LOGIN_CLIENT_H */
