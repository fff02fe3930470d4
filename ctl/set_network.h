/* SPDX-License-Identifier: MIT */
/* The network of a set, for "list" */
#ifndef NSI_CTL_NETWORK_H
#define NSI_CTL_NETWORK_H

#include "state/net_record.h"

struct view;

/*
 * Reads the record of the set's network from <rundir>/net, which is for root; an ordinary user
 * knows nothing of it, and @ret is then empty.
 */
void network_read(const char *rundir, const struct view *v, struct net_record *ret);

/* The name that it has below /run/netns, or "". */
static inline const char *network_name(const struct net_record *n)
{
	return n->publish[0] ? n->publish : n->netns;
}

#endif /* NSI_CTL_NETWORK_H */
