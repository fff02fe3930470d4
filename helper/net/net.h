/* SPDX-License-Identifier: MIT */
/* What network does a set get? */
#ifndef NSI_NET_H
#define NSI_NET_H

#include <linux/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/inet.h"

/*
 * DOC: who does what, and where
 *
 *   helper            picks an address and the names, and writes <rundir>/net/<set>:
 *                     from then on whatever is made on the host can be found and undone
 *   its child         stays in the host's network namespace, makes bridge, veth, rules
 *                     and names, and moves what is the session's into its namespace
 *   anchor            waits for that, and then sets up its side: loopback, addresses,
 *                     routes, sysctls, firewall, /sys, /etc/resolv.conf
 *   another child     undoes it all when the set ends, before the anchor goes
 *
 * Children that work on the host hold the lock of <rundir>/net, so that no two of
 * them make or take away the same bridge.
 */
enum net_mode {
	NET_HOST, /* none of ours */
	NET_NONE,
	NET_NETNS,
	NET_BRIDGE,
	NET_MACVLAN,
	NET_USER,
	NET_MODE_MAX,
};

enum {
	NET_ROUTES = 16,
	NET_DNS = 8,
	NET_INTERFACES = 8,
	NET_FORWARDS = 32,
	NET_SYSCTLS = 32,
	NET_NAME = INET_NETNS,
	NET_SYSCTL = INET_SYSCTL,
	NET_PATH = 256,
	NET_HOSTNAME = 128,
};

/* IPv4 and IPv6, wherever there is one of each. */
enum {
	NET_V4,
	NET_V6,
	NET_FAMILIES
};

/* What a policy asks for; plain, so that it can be copied. */
struct net_config {
	uint8_t mode; /* enum net_mode */
	bool create, nat, isolate_peers, publish, peers;
	bool has_routes, has_dns; /* said, if only to say that there are none */
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

/*
 * What <rundir>/net/<set> says: one line "KEY=VALUE" for each of these that is not
 * "".  Written before anything is made; read to undo it, by whoever comes.  All of it
 * is text, so that an administrator can read it too.
 */
struct net_record {
	char mode[16];   /* as in a policy */
	char owner[32];  /* whose the address is: "u1000", "g<number>", "s<set>" */
	char index[16];  /* of the address in its pool */
	char bridge[16]; /* and whether it is ours: */
	char create[4];  /* "yes" or "" here and below */
	char veth[16];   /* the end that stays on the host */
	char pool[NET_FAMILIES][INET_TEXT];
	char address[NET_FAMILIES][INET_TEXT]; /* with the length of the network */
	char gateway[NET_FAMILIES][INET_TEXT];
	char mtu[16];
	char nat[4];
	char isolate_peers[4];
	char peers[4];
	char hostname[NET_HOSTNAME];
	char netns[NET_NAME];   /* the namespace that was joined */
	char publish[NET_NAME]; /* the name that this one has below /run/netns */
	char parent[16];
	char interfaces[NET_INTERFACES * IFNAMSIZ + 1];          /* words */
	char forwards[NET_FORWARDS * sizeof("65535:65535/udp")]; /* words */
	char rules[4];    /* rules of nftables may be in force */
	char process[48]; /* pasta's: "PID START" */
};

/* The words of enum net_mode. */
extern const char *const net_mode_words[NET_MODE_MAX];

/* Whether something has to be done on the host for it. */
static inline bool net_needs_host(const struct net_config *c)
{
	return c->mode > NET_NONE || c->interface_count > 0 || c->publish;
}

/* What the interface is called that the set has of us. */
#define NET_INSIDE "eth0"

#endif /* NSI_NET_H */
