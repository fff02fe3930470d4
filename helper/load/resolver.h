/* SPDX-License-Identifier: MIT */
/* Look-ups of groups in a process of their own */
#ifndef NSI_RESOLVER_H
#define NSI_RESOLVER_H

#include "policy/load.h"

struct nsi_fail;

/*
 * The name services of libc run code of others in the process that asks (nss(5)), which may open any
 * file and talk to any server.  So the process that reads the policy does not ask itself: it starts a
 * resolver before it is confined.  A resolver has no capability, may read but not write, and ends with
 * the process that started it.
 */
struct resolver {
	int sock;               /* to the resolver */
	struct pol_names names; /* for pol_sources; refers to this struct */
};

/* Starts a resolver; for a process that has dropped its capabilities.  Returns 0 or -errno. */
int resolver_start(struct resolver *r, struct nsi_fail *f);

/* Restricts this process to a resolver's rights: to read files, and to resolve names. */
int resolver_become(struct nsi_fail *f);

#endif /* NSI_RESOLVER_H */
