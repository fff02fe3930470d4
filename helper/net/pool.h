/* SPDX-License-Identifier: MIT */
/* The addresses of a pool and their owners */
#ifndef NSI_NET_POOL_H
#define NSI_NET_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net.h"

struct nsi_fail;

/*
 * DOC: leases
 *
 * The first address of a pool is the gateway's, the others belong to users: the index of
 * a user's address is the uid modulo the number of addresses.  In a /16 two of a hundred
 * users may have the same index.  The second one gets the next free address, and
 * <rundir>/net/leases records it ("POOLS OWNER INDEX", one a line, append-only), so that
 * both have the same address at every later login.  IPv4 and IPv6 addresses of one set
 * have the same index.
 */
struct lease {
	char pools[2 * INET_TEXT]; /* "10.77.0.0/16,fd77::/64" */
	char owner[32];
	uint32_t index;
};

struct leases {
	struct lease *rows; /* owned */
	uint32_t count;
	uint32_t room;
};

/* Writes the name of pools as leases have it. */
void pool_name(const struct inet_prefix pool[NET_FAMILIES], char ret[2 * INET_TEXT]);

/* Returns the number of sets that the pools have room for; 0 for pools that are too small. */
uint32_t pool_size(const struct inet_prefix pool[NET_FAMILIES]);

/*
 * Picks an index for @owner, whose number is @number.  @use says whether a
 * live set has one.  A pick that is not the natural one, because that is somebody
 * else's, is added to @leases and to the file below @net_fd.  Returns 0, or -ENOSPC when all are taken, or -errno.
 */
enum pool_use {
	POOL_FREE,
	POOL_TAKEN, /* by somebody else */
	POOL_OWN,   /* by another set of the same owner, as after a change of the policy */
};
typedef enum pool_use pool_use_fn(void *arg, const char *pools, uint32_t index);
struct pool_wish {
	const struct inet_prefix *pool; /* of both families */
	const char *owner;
	uint64_t number;
	bool is_lasting; /* the owner will come again: what it gets is to be remembered */
	pool_use_fn *use;
	void *arg;
};
int pool_pick(struct leases *leases, int net_fd, const struct pool_wish *wish, uint32_t *ret,
	      struct nsi_fail *f);

/* The address of @index; pool_pick() saw to it that it is in the pool. */
static inline struct inet_prefix pool_address(const struct inet_prefix *pool, uint32_t index)
{
	return inet_nth(pool, (uint64_t)index + 2);
}

/* The address of the bridge. */
static inline struct inet_prefix pool_gateway(const struct inet_prefix *pool)
{
	return inet_nth(pool, 1);
}

/* Reads the file of leases; none is as good as an empty one.  Returns 0 or -errno. */
int pool_load(struct leases *leases, int net_fd);
void pool_done(struct leases *leases);

#endif /* NSI_NET_POOL_H */
