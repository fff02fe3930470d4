/* SPDX-License-Identifier: MIT */
/* The context of the helper */
#ifndef NSI_HELPER_H
#define NSI_HELPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/host.h"
#include "load/loader.h"
#include "load/watch.h"
#include "loop/loop.h"
#include "serve/rule_cache.h"
#include "sets/index.h"
#include "sets/network.h"
#include "sets/scan.h"
#include "sets/sentinel.h"
#include "sets/spare.h"
#include "sets/upkeep.h"
#include "state/decisions.h"
#include "sweep/sweep.h"

struct call;
struct helper;
struct session;
struct set;

/* Who is told of what happens to sets: the rooms above, which this one does not know. */
struct helper_above {
	void (*set_ready)(struct set *set);
	void (*has_ended)(struct helper *h);
};

struct helper {
	struct helper_above above;
	struct host host;
	struct loop loop;
	struct loader loader;
	struct watch watch;
	struct rule_cache rule_cache; /* of the loader's image */
	struct sweeper sweeper;
	struct scanner scanner;
	struct sentinels sentinels;
	struct spare spare;
	struct upkeep upkeep;
	struct networks networks;
	int limits_fd; /* <rundir>/limits */
	struct decisions decisions;
	struct set *sets;
	struct set_index index;
	struct session *host_sessions; /* of action = "host": they are in no set */
	struct call *calls;
	struct source listener;
	dev_t sock_dev; /* of a socket of our own: its path, as it was made */
	ino_t sock_ino;
	struct timer pause; /* of the listener, while there is no descriptor to be had */
	bool paused;
	struct source signals;
	struct timer idle; /* started on demand: ends when there has been nothing to do */
	struct timer last; /* told to stop: how long those are waited for who have been let in */
	bool on_demand;
	bool reloading; /* systemd was told so, and is to hear of the end of it */
	bool stopping;
};

/* The set is built, or set->failure says why not; whoever waits for it goes on. */
void helper_set_ready(struct set *set);

/* A login is under way that needs these limits, of set @set or, if it is 0, of user @uid. */
bool helper_needs_limits(const struct helper *h, uint64_t set, uint32_t uid);

/* Something has ended: there may be nothing left to do. */
void helper_check_idle(struct helper *h);

#endif /* NSI_HELPER_H */
