/* SPDX-License-Identifier: MIT */
/* The way into a live set by the page of joins, and out of it, without the helper */
#ifndef NSI_MODULE_JOIN_H
#define NSI_MODULE_JOIN_H

#include <stdbool.h>
#include <stdint.h>

#include "join/page.h"
#include "pam_nsisolate/session_data.h"

struct module_args;
struct nsi_open;
struct nsi_reply;
struct place;

/* A login that has a slot in the page: join/page.h has the protocol. */
struct joining {
	struct join_page *page; /* NULL: it goes the usual way */
	int page_fd;            /* owned */
	struct joined joined;   /* for the session's data */
	int pid;
	uint64_t since_us; /* by clock_now_us(): the call of the module */
};

#define JOINING_NONE ((struct joining){.page_fd = -EBADF})

/*
 * Finds out whether the login @open, which stands in @place, is one that the helper has decided
 * about, and nothing has changed since.  If so, it has a slot, @reply is what the helper would
 * answer, and the anchor's pidfd is returned, owned by the caller; joining_done() is to follow.
 * Otherwise returns -errno with nothing done: the helper is to be asked.
 */
int joining_begin(struct joining *j, const struct module_args *args, const struct nsi_open *open,
		  struct place *place, struct nsi_reply *reply);

/* A pidfd of the helper, which is the way back to the host's namespaces; or -errno. */
int joining_way_back(const struct joining *j);

/*
 * Notes in the slot whether it has entered, and lets go of the page.  The helper logs the line about
 * the session when it sees the slot: a line of the log wakes the logger, which may be given this processor.
 */
void joining_done(struct joining *j, bool entered);

/*
 * Closes a session that has joined by the page and that the helper has not collected yet, so that it is not the last
 * one of its set: goes back to the host's namespaces and marks the slot, and nobody is woken.  With
 * JOIN_CLOSE_ASK the helper is to be asked, from wherever the process is.
 */
enum join_close joining_leave(const struct module_args *args, const struct pam_session *s,
			      struct place *place);

#endif /* NSI_MODULE_JOIN_H */
