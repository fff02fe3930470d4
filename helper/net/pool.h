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
 * The first address of a pool is the gateway's, the rest belong to users: the one
 * that is the uid behind that, modulo their number.  In a /16 two of a hundred
 * users may want the same one.  Who comes second gets the next that is free, and
 * <rundir>/net/leases remembers it ("POOLS OWNER INDEX", one a line, only ever
 * added to), so that both have the same address at every later login.  IPv4 and
 * IPv6 of one set have the same index.
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

/* How pools are named in leases. */
void pool_name(const struct inet_prefix pool[NET_FAMILIES], char ret[2 * INET_TEXT]);

/* How many sets the pools have room for; 0 for pools that are too small. */
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
