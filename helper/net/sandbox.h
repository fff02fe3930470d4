/* SPDX-License-Identifier: MIT */
/* A process in a user and a network namespace of its own, root of an empty network and of nothing else */
#ifndef NSI_NET_SANDBOX_H
#define NSI_NET_SANDBOX_H

#include <errno.h>

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
int sandbox_make(struct net_sandbox *p);

/* Ends its process; the namespaces stay as long as somebody is in them. */
void sandbox_done(struct net_sandbox *p);

#endif /* NSI_NET_SANDBOX_H */
