/* SPDX-License-Identifier: MIT */
/* User-mode networking by pasta(1) */
#ifndef NSI_NET_USER_H
#define NSI_NET_USER_H

#include <errno.h>

struct link_socket;
struct net_host;
struct net_record;
struct nsi_fail;

/*
 * DOC: pasta without privileges
 *
 * pasta(1) of the package passt turns what comes out of a tap into sockets of its own.
 * It parses what the session sends, so it is nobody's, and root of nothing but a user
 * namespace that has one network namespace, which is empty but for the tap.  The tap is
 * then moved into the session's, and the descriptor stays with pasta.
 */

/*
 * Starts pasta for the namespace h->ns_fd, as a process that outlives the helper, notes
 * it in @rec with the addresses and gateways of the session, for each family that the host
 * has a default route for, and writes the record.  @l is the host's.
 * Returns 0 or -errno; user_stop() ends what a failure leaves.
 */
int user_start(const struct net_host *h, struct link_socket *l, struct net_record *rec,
	       struct nsi_fail *f);

/* Ends the process of @rec, if it is still that one.  Returns 0 or -errno. */
int user_stop(const struct net_record *rec, struct nsi_fail *f);

/* A user namespace in which nobody is root, and a network namespace of it. */
struct net_sandbox {
	int pid, pidfd; /* of a process that does nothing but be in it */
	int user_ns, net_ns;
	int sock; /* it lives as long as this is open */
};

#define SANDBOX_NONE                                                                 \
	{                                                                            \
		.pidfd = -EBADF, .user_ns = -EBADF, .net_ns = -EBADF, .sock = -EBADF \
	}

/* Returns 0 or -errno. */
int sandbox_make(struct net_sandbox *p, struct nsi_fail *f);

/* Ends its process; the namespaces stay as long as somebody is in them. */
void sandbox_done(struct net_sandbox *p);

#endif /* NSI_NET_USER_H */
