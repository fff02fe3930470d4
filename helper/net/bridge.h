/* SPDX-License-Identifier: MIT */
/* The bridge that connects sets, and its ownership */
#ifndef NSI_NET_BRIDGE_H
#define NSI_NET_BRIDGE_H

struct link_socket;
struct net_config;
struct net_record;
struct nsi_fail;

/*
 * Finds the bridge of @c, or makes it.  A bridge of ours has the link group of
 * names_group(), which also outlives the helper.  Sets the gateways of @rec: the first
 * address of each pool for a bridge of ours, the bridge's address in the pool for an
 * administrator's.  A bridge or pool that others use is refused.
 * Returns its index, or -errno.
 */
int bridge_ready(struct link_socket *l, const char *rundir, const struct net_config *c,
		 struct net_record *rec, struct nsi_fail *f);

/* Removes the bridge if it is ours.  Returns 0 or -errno. */
int bridge_remove(struct link_socket *l, const char *rundir, const char *name, struct nsi_fail *f);

#endif /* NSI_NET_BRIDGE_H */
