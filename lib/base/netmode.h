/* SPDX-License-Identifier: MIT */
/* The networks that a set may have, and how much of each thing */
#ifndef NSI_NETMODE_H
#define NSI_NETMODE_H

/* The order is that of the words of "mode", and of the image of a policy. */
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
};

/* IPv4 and IPv6, wherever there is one of each. */
enum {
	NET_V4,
	NET_V6,
	NET_FAMILIES
};

/* The words of enum net_mode; NULL ends them. */
extern const char *const net_mode_words[NET_MODE_MAX + 1];

#endif /* NSI_NETMODE_H */
