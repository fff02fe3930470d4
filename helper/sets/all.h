/* SPDX-License-Identifier: MIT */
/* All sets, and what they share */
#ifndef NSI_SETS_ALL_H
#define NSI_SETS_ALL_H

#include <stdbool.h>

#include "host/host.h"
#include "joins/joins.h"
#include "load/loader.h"
#include "loop/loop.h"
#include "sets/index.h"
#include "sets/joinable.h"
#include "sets/limits.h"
#include "sets/network.h"
#include "sets/scan.h"
#include "sets/sentinel.h"
#include "sets/set_job.h"
#include "sets/spare.h"
#include "sets/upkeep.h"
#include "sweep/sweep.h"

struct session;
struct set;

/* The context of this room.  Requests for sets come from serve/, of which nothing is known here. */
struct sets {
	struct host host;
	struct loop loop;
	struct loader loader;
	struct watch watch;
	struct sweeper sweeper;
	struct scanner scanner;
	struct sentinels sentinels;
	struct jobs jobs;
	struct spare spare;
	struct upkeep upkeep;
	struct networks networks;
	struct limits_registry limits;
	struct joins joins;
	unsigned joinable;   /* sets with is_joinable */
	struct set_list all; /* the youngest first */
	struct set_index index;
	struct session_list host_sessions; /* of action = "host": they are in no set */
	bool stopping;                     /* the helper shuts down: nothing is prepared any more */
	/*
	 * The highest id that was given when a set of an earlier helper could not be taken over for want of means:
	 * nothing of sets up to it is removed, as that one may be in use.  0: all could.
	 */
	uint64_t unread_until;
};

#endif /* NSI_SETS_ALL_H */
