/* SPDX-License-Identifier: MIT */
/* The host's side of a set's network */
#ifndef NSI_NET_HOST_H
#define NSI_NET_HOST_H

#include <stdint.h>

struct net_config;
struct net_record;
struct nsi_fail;

/* The context of these functions; they run in a child that may wait, with CAP_NET_ADMIN effective. */
struct net_host {
	const char *rundir;
	int net_fd; /* <rundir>/net */
	int etc_fd; /* <rundir>/etc */
	int ns_fd;  /* the set's network namespace; -EBADF if it is gone */
	uint64_t set;
};

/*
 * Makes what @rec says, which has been written; completes it (the gateway of a bridge
 * that was there) and writes it again.  A failure leaves what was made so far to
 * host_undo().  *@ret_join is a namespace that the anchor is to join, or -EBADF.
 * Returns 0 or -errno.
 */
int host_setup(const struct net_host *h, const struct net_config *c, struct net_record *rec,
	       int *ret_join, struct nsi_fail *f);

/*
 * Takes away whatever the record of h->set says, and then the record: the veth, rules,
 * names, the bridge with its last set, and gives interfaces back.  Goes on over what
 * cannot be undone, and then returns -errno with the first of it in @f and keeps the
 * record, so that it can be tried again.  May be called again and again.
 */
int host_undo(const struct net_host *h, struct nsi_fail *f);

#endif /* NSI_NET_HOST_H */
