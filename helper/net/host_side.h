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
 * Makes the network of @rec, which has been written, completes @rec (the gateway of an
 * existing bridge) and writes it again.  After a failure host_undo() removes the parts that
 * were made.  *@ret_join is a namespace that the anchor is to join, or -EBADF.
 * Returns 0 or -errno.
 */
int host_setup(const struct net_host *h, const struct net_config *c, struct net_record *rec,
	       int *ret_join, struct nsi_fail *f);

/*
 * Removes everything in the record of h->set, and then the record: the veth, rules,
 * names, the bridge with its last set; and gives interfaces back.  Continues after a
 * failure, and then returns -errno with the first failure in @f and keeps the record for
 * another try.  It may be called repeatedly.  Returns 0 or -errno.
 */
int host_undo(const struct net_host *h, struct nsi_fail *f);

#endif /* NSI_NET_HOST_H */
