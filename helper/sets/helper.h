/* SPDX-License-Identifier: MIT */
/* What does the one helper hold together? */
#ifndef NSI_HELPER_H
#define NSI_HELPER_H

#include <stdbool.h>

#include "host/host.h"
#include "load/loader.h"
#include "loop/loop.h"
#include "sets/scan.h"
#include "sweep/sweep.h"

struct call;
struct session;
struct set;

struct helper {
	struct host host;
	struct loop loop;
	struct loader loader;
	struct sweeper sweeper;
	struct scanner scanner;
	struct set *sets;
	struct session *host_sessions; /* of action = "host": they are in no set */
	struct call *calls;
	struct source listener;
	struct timer pause; /* of the listener, while there is no descriptor to be had */
	bool paused;
	struct source signals;
	struct timer idle; /* started on demand: ends when there has been nothing to do */
	bool on_demand;
};

/* The set is built, or set->failure says why not; its waiting calls go on. */
void helper_set_ready(struct set *set);

/* Something has ended: arms the idle timer if there is nothing left to do. */
void helper_check_idle(struct helper *h);

#endif /* NSI_HELPER_H */
