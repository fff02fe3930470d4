/* SPDX-License-Identifier: MIT */
/* The server: the socket, the requests, and the end of the helper */
#ifndef NSI_SERVER_H
#define NSI_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "load/loader.h"
#include "loop/loop.h"
#include "policy/rule_cache.h"
#include "state/decisions.h"
#include "state/waits.h"

struct call;
struct sets;

struct server {
	struct sets *sets;
	LIST_HEAD(, call) calls;
	struct rule_cache rule_cache; /* of the loader's image */
	struct decisions decisions;
	struct waits waits;
	int waits_fd; /* owned; negative: waits are not kept */
	struct source listener;
	dev_t sock_dev; /* of a socket of our own: its path, as it was made */
	ino_t sock_ino;
	struct timer pause; /* of the listener, while there is no descriptor to be had */
	bool paused;
	struct timer idle; /* started on demand: ends when there has been nothing to do */
	struct timer last; /* told to stop: how long acknowledgements of logins are waited for */
	bool on_demand;
	bool reloading; /* systemd was told so, and is to hear of the end of it */
};

void server_init(struct server *s, struct sets *sets, bool on_demand);

/*
 * Asks whether there is anything left to do, before each wait of the loop: arms the idle timer if there is not, and ends the
 * loop if the last request of a server that stops has been answered.
 */
void server_check_idle(struct server *s);

/* The loader's done(): resumes the requests that wait for the policy. */
void server_on_policy(struct loader *l);

/*
 * Shuts the helper down: accepts no more requests and answers the accepted ones, so
 * that an upgrade refuses no login.  Sets stay as they are.
 */
void server_stop(struct server *s);

#endif /* NSI_SERVER_H */
