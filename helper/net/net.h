/* SPDX-License-Identifier: MIT */
/* The network of a set */
#ifndef NSI_NET_H
#define NSI_NET_H

#include <linux/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/inet.h"
#include "base/netmode.h"
#include "state/net_record.h"

struct nsi_fail;

/*
 * DOC: division of work
 *
 *   helper            chooses an address and the names, and writes <rundir>/net/<set>:
 *                     from then on all changes to the host can be found and undone
 *   its child         stays in the host's network namespace, makes bridge, veth, rules
 *                     and names, and moves what is the session's into its namespace
 *   anchor            waits for that, and then sets up its side: loopback, addresses,
 *                     routes, sysctls, firewall, /sys, /etc/resolv.conf
 *   another child     undoes it all when the set ends, before the anchor goes
 *
 * Children that work on the host hold the lock of <rundir>/net, so that no two of
 * them make or remove the same bridge at the same time.
 */
enum {
	NET_SYSCTL = INET_SYSCTL,
	NET_PATH = 256,
};

/* The network of a policy; without pointers, so that it can be copied. */
struct net_config {
	uint8_t mode; /* enum net_mode */
	bool create, nat, isolate_peers, publish, peers;
	bool has_routes, has_dns; /* the policy has the key, possibly with an empty list */
	uint32_t mtu;             /* 0: the kernel's */
	uint32_t route_count, dns_count, interface_count, forward_count, sysctl_count;
	char bridge[IFNAMSIZ], parent[IFNAMSIZ];
	struct inet_prefix pool[NET_FAMILIES];
	struct inet_prefix address[NET_FAMILIES];
	struct inet_route routes[NET_ROUTES];
	struct inet_prefix dns[NET_DNS];
	char interfaces[NET_INTERFACES][IFNAMSIZ];
	struct inet_forward forwards[NET_FORWARDS];
	char sysctls[NET_SYSCTLS][NET_SYSCTL]; /* "net.ipv4.ping_group_range=0 0" */
	char firewall[NET_PATH];
};

/* Whether the network needs changes on the host. */
static inline bool net_needs_host(const struct net_config *c)
{
	return c->mode > NET_NONE || c->interface_count > 0 || c->publish;
}

/* The name of the interface inside the set. */
#define NET_INSIDE "eth0"

/*
 * DOC: the library, in a process of its own
 *
 * An executed nft(8) would need a capability that survives execve(2): with an empty bounding set
 * that is an inheritable one, in the helper, for as long as it runs.  The library needs none.  It
 * is opened by name and not linked, as it comes with four more that few machines need, and
 * neither a resident helper nor its anchors should carry them.
 *
 * It ends the process when memory or a netlink socket is short, and keeps what it has allocated.
 * So each ruleset is loaded by a child that has CAP_NET_ADMIN alone, and its end is the answer.
 */

/*
 * Opens the library, for a process that is about to leave the host's root directory and will call
 * nft_load(), which reports a failure here.
 */
void nft_prepare(void);

/*
 * Loads @text as a ruleset, as "nft -f" does, into the network namespace of the caller: all of it
 * or nothing.  Returns 0, or -errno with "@what: " and the library's complaint in @f.
 */
int nft_load(const char *text, const char *what, struct nsi_fail *f);

/*
 * Brings the loopback up, gives the interface that the host has put there its
 * addresses and routes, sets sysctls, and loads the firewall.  Runs in the anchor, in its
 * namespace, with CAP_NET_ADMIN effective; nft_prepare() has been called on the host's root.
 * Returns 0 or -errno.
 */
int inside_setup(const struct net_config *c, const struct net_record *rec, struct nsi_fail *f);

/*
 * Writes a resolv.conf(5) for the network into @buf: with the servers of "dns"; or those
 * of @host, the text of the host's file, except for those on its loopback, which a
 * session cannot reach; or with none.  Lines of @host without servers are kept.
 * Returns its length, 0 if the host's own is as good as any, or -ENOSPC.
 */
int resolv_text(const struct net_config *c, const char *host, char *buf, size_t size);

/*
 * Writes that text as file "resolv.conf" below @dir, in place of the one that is there; the host's
 * is read from /etc, or from systemd-resolved's where that names only its stub.
 * Returns 1, 0 if the host's own is as good as any and nothing is written, or -errno.
 */
int resolv_write(const struct net_config *c, int dir, struct nsi_fail *f);

#endif /* NSI_NET_H */
