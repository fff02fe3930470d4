/* SPDX-License-Identifier: MIT */
/* The set's side of a network */
#ifndef NSI_NET_INSIDE_H
#define NSI_NET_INSIDE_H

struct net_config;
struct net_record;
struct nsi_fail;

/*
 * Brings the loopback up, gives the interface that the host has put there its
 * addresses and routes, sets sysctls, and loads the firewall.  Runs in the anchor, in its
 * namespace, with CAP_NET_ADMIN effective; nft_prepare() has been called on the host's root.
 * Returns 0 or -errno.
 */
int inside_setup(const struct net_config *c, const struct net_record *rec, struct nsi_fail *f);

#endif /* NSI_NET_INSIDE_H */
