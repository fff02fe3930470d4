/* SPDX-License-Identifier: MIT */
/* Look-ups of groups in a process of their own */
#ifndef NSI_RESOLVER_H
#define NSI_RESOLVER_H

#include <stdbool.h>
#include <sys/types.h>

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

/*
 * Whether a set that was built for the user @builder with @uid is for the user @name with the
 * same uid: for the same name, and for another one as long as @builder is a name of that uid
 * today.  An account that was removed, and whose uid another one has now, is not.
 *
 * Name services are asked by a child without a capability, for a second at most: the caller
 * waits that long.  Where they do not answer, the answer is no, and the login gets another set.
 */
bool account_is_same(const char *builder, const char *name, uid_t uid);

#endif /* NSI_RESOLVER_H */
