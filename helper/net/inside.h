/* SPDX-License-Identifier: MIT */
/* The set's side of a network */
#ifndef NSI_NET_INSIDE_H
#define NSI_NET_INSIDE_H

struct net_config;
struct net_record;
struct nsi_fail;

/*
 * Brings the loopback up, gives the interface that the host has put there its
 * addresses and routes, and sets sysctls.  Runs in the anchor, in its namespace,
 * with CAP_NET_ADMIN effective.
 * Returns 0 or -errno.
 */
int inside_setup(const struct net_config *c, const struct net_record *rec, struct nsi_fail *f);

/*
 * Loads the firewall, after all else: nft(8) reads its input through /proc/self, which a
 * PID namespace has only after its own /proc is mounted.  Returns 0 or -errno.
 */
int inside_firewall(const struct net_config *c, struct nsi_fail *f);

#endif /* NSI_NET_INSIDE_H */
