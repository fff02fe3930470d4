/* SPDX-License-Identifier: MIT */
/* The network of a set: its making and removal on the host */
#ifndef NSI_NETWORK_H
#define NSI_NETWORK_H

#include <stdbool.h>

#include "base/fail.h"
#include "loop/loop.h"
#include "net/net.h"
#include "net/pool.h"
#include "work/work.h"

struct setup_plan;
struct setup_report;
struct sets;
struct set;

enum network_phase {
	NETWORK_NONE,   /* nothing on the host */
	NETWORK_SETUP,  /* a child makes it */
	NETWORK_READY,  /* it may be there, or a part of it */
	NETWORK_UNDOING /* a child takes it away */
};

/* A set's. */
struct network {
	struct set *set;
	struct net_config *config; /* owned; NULL once the set is built */
	struct net_record rec;     /* as this helper wrote or read it */
	enum network_phase phase;
	int ns_fd; /* keeps a namespace with devices of the host alive until they are given back */
	struct work work; /* the child of that phase */
};

/* The helper's. */
struct networks {
	struct sets *sets;
	int dir_fd; /* <rundir>/net */
	struct leases leases;
	struct work work; /* undoes what sets of an earlier helper left */
};

/* Returns 0 or -errno. */
int networks_init(struct networks *n, struct sets *sets, struct nsi_fail *f);

/* Has a child undo what is on record and belongs to no set; once the sets are adopted. */
void networks_collect(struct networks *n);

/* Records the network of the policy, for a new set, before its anchor.  Returns 0 or -errno. */
int network_prepare(struct set *set, const struct setup_plan *plan, struct nsi_fail *f);

/*
 * The anchor asks for its network: picks the address, writes the record, and starts
 * the child, which answers the anchor.  Returns 0 or -errno with the reason in
 * set->failure; if the child fails, set_build_failed() follows.
 */
int network_begin(struct set *set, const struct setup_report *ask);

/* The set is built: frees what only that needed, or all of it where nothing is on the host. */
void network_built(struct set *set);

/*
 * Begins to undo what is on the host, if anything is.  Returns whether there is
 * something to wait for: SET_NETWORK_GONE follows.
 */
bool network_end(struct set *set);

/* Whether the set has a network on the host's side, be it half made or half gone. */
bool network_is_there(const struct set *set);

/*
 * Whether something of the helper's or the administrator's uses the set's network namespace:
 * that it exists says nothing about the set then.
 */
bool network_is_shared(const struct set *set);

/*
 * Finds the network of an adopted set; rec.is_ending is set if it has begun to be undone.
 * Returns 0, also if it has none, or -errno if that cannot be told.
 */
int network_adopt(struct set *set, struct nsi_fail *f);
void network_free(struct set *set);

/* Below here: between network.c and network_child.c. */

/*
 * Starts the child set->net->work, which makes the network of @set and answers its anchor, or undoes
 * it, and calls @done when it has ended.  Returns 0 or -errno.
 */
int network_child_start(struct set *set, bool is_setup, void (*done)(struct work *w));

/* Starts a child that undoes all that is on record and of no set.  Returns 0 or -errno. */
int network_child_collect(struct networks *n);

#endif /* NSI_NETWORK_H */
