/* SPDX-License-Identifier: MIT */
/* The set's side of a network */
#ifndef NSI_NET_INSIDE_H
#define NSI_NET_INSIDE_H

#include <stddef.h>

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

/*
 * Writes a resolv.conf(5) for the network into @buf: with the servers of "dns"; or those
 * of @host, the text of the host's file, except for those on its loopback, which a
 * session cannot reach; or with none.  Lines of @host without servers are kept.
 * Returns its length, 0 if the host's own is as good as any, or -ENOSPC.
 */
int resolv_text(const struct net_config *c, const char *host, char *buf, size_t size);

/*
 * Writes that text as file "resolv.conf" below @dir, in place of the one that is there; the host's
 * is read from /etc, or from systemd-resolved's where that names only its stub.
 * Returns 1, 0 if the host's own is as good as any and nothing is written, or -errno.
 */
int resolv_write(const struct net_config *c, int dir, struct nsi_fail *f);

#endif /* NSI_NET_INSIDE_H */
