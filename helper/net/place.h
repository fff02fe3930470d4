/* SPDX-License-Identifier: MIT */
/* Where does a program run that is to be root of an empty network, and of nothing else? */
#ifndef NSI_NET_PLACE_H
#define NSI_NET_PLACE_H

#include <errno.h>

/* A user namespace in which nobody is root, and a network namespace of it. */
struct place {
	int pid, pidfd; /* of a process that does nothing but be in it */
	int user_ns, net_ns;
	int sock; /* it lives as long as this is open */
};

#define PLACE_NONE                                                                   \
	{                                                                            \
		.pidfd = -EBADF, .user_ns = -EBADF, .net_ns = -EBADF, .sock = -EBADF \
	}

/* Returns 0 or -errno. */
int place_make(struct place *p);

/* Ends its process; the namespaces stay as long as somebody is in them. */
void place_done(struct place *p);

#endif /* NSI_NET_PLACE_H */
