/* SPDX-License-Identifier: MIT */
/* The check that a port of the host is in use */
#ifndef NSI_NET_PORTS_H
#define NSI_NET_PORTS_H

struct inet_forward;
struct nsi_fail;

/*
 * Refuses to forward a port that a server of the host has on any address: its clients
 * would come to the session instead.  Returns 0, -EADDRINUSE, or -errno.
 */
int ports_check(const struct inet_forward *fw, struct nsi_fail *f);

#endif /* NSI_NET_PORTS_H */
