/* SPDX-License-Identifier: MIT */
/* How does a set get outside without the host's network being touched? */
#ifndef NSI_NET_USER_H
#define NSI_NET_USER_H

struct net_host;
struct net_record;
struct nsi_fail;

/*
 * Has pasta(1) of the package passt serve the namespace h->ns_fd from a process
 * without privileges, and notes it in @rec.  Returns 0 or -errno.
 */
int user_start(const struct net_host *h, struct net_record *rec, struct nsi_fail *f);

/* Ends it, if it is the process that the record means. */
int user_stop(const struct net_record *rec, struct nsi_fail *f);

#endif /* NSI_NET_USER_H */
