/* SPDX-License-Identifier: MIT */
/* The packet filter of a bridge and its address translation */
#ifndef NSI_NET_NAT_H
#define NSI_NET_NAT_H

#include <stdbool.h>
#include <stddef.h>

struct net_record;
struct nsi_fail;

/*
 * DOC: one table for each bridge
 *
 * The table is written from the records of all sets on the bridge whenever a set starts
 * or ends, in one transaction, so that it is restored after a crash or an
 * administrator's "flush ruleset".  It has these parts:
 *
 *   nat            packets from the pool leave as the host's; nobody outside begins
 *                  a connection inwards
 *   isolate_peers  nothing goes from the bridge back into the bridge by way of the host
 *                  (ports of the bridge are isolated beside that)
 *   forwards       connections to a port of the host go to the session's, from the host
 *                  itself and by 127.0.0.1 too
 *
 * Rules of others are not changed.
 */

/* Makes the text for nft_load(); the caller frees *@ret.  Returns 0 or -ENOMEM. */
int nat_text(int net_fd, const char *rundir, const char *bridge, char **ret, size_t *ret_size);

/* Loads the table, or removes it when no set needs it.  Returns 0 or -errno. */
int nat_apply(int net_fd, const char *rundir, const char *bridge, struct nsi_fail *f);

/* Whether a set with this record needs rules. */
bool nat_is_needed(const struct net_record *rec);

#endif /* NSI_NET_NAT_H */
