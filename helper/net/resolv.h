/* SPDX-License-Identifier: MIT */
/* The resolver configuration of a set */
#ifndef NSI_NET_RESOLV_H
#define NSI_NET_RESOLV_H

#include <stddef.h>

struct net_config;

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
struct nsi_fail;
int resolv_write(const struct net_config *c, int dir, struct nsi_fail *f);

#endif /* NSI_NET_RESOLV_H */
