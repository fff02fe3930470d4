/* SPDX-License-Identifier: MIT */
/* The network of a set */
#ifndef NSI_NET_H
#define NSI_NET_H

#include <linux/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/inet.h"
#include "base/netmode.h"
#include "state/net_record.h"

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

#endif /* NSI_NET_H */
