/* SPDX-License-Identifier: MIT */
/* How does a set get outside without the host's network being touched? */
#ifndef NSI_NET_USER_H
#define NSI_NET_USER_H

struct net_host;
struct net_record;
struct nsi_fail;

/*
 * Is to have pasta(1) of the package passt serve the namespace h->ns_fd, from a process
 * without privileges over the host, and to note it in @rec.  So far it refuses.
 * Returns -EOPNOTSUPP.
 */
int user_start(const struct net_host *h, struct net_record *rec, struct nsi_fail *f);

/* Is to end it; so far there is nothing to end. */
int user_stop(const struct net_record *rec, struct nsi_fail *f);

#endif /* NSI_NET_USER_H */
