/* SPDX-License-Identifier: MIT */
/* The parsing of addresses, networks, ports and routes */
#ifndef NSI_INET_H
#define NSI_INET_H

#include <stdbool.h>
#include <stdint.h>

enum {
	INET_TEXT = 56,  /* room for the longest prefix with its terminator */
	INET_NAME = 16,  /* an interface's (IFNAMSIZ) */
	INET_NETNS = 64, /* a name below /run/netns */
	INET_SYSCTL = 128,
};

/* An address, alone or with the length of its network; family 0 stands for none. */
struct inet_prefix {
	uint8_t family; /* AF_INET or AF_INET6 */
	uint8_t bits;   /* of the network; all of them for an address alone */
	uint8_t pad[2];
	uint8_t addr[16]; /* network order; IPv4 takes the first four */
};

/* A way to @dst, which has 0 bits for "default"; no gateway: family 0. */
struct inet_route {
	struct inet_prefix dst;
	struct inet_prefix via;
};

struct inet_forward {
	uint16_t from; /* port of the host */
	uint16_t to;   /* port of the session */
	uint8_t proto; /* IPPROTO_TCP or IPPROTO_UDP */
	uint8_t pad[3];
};

/* How many bits an address of this family has. */
static inline unsigned inet_width(uint8_t family)
{
	return family == 2 ? 32 : 128; /* AF_INET, AF_INET6 */
}

/* "10.0.0.1" or "fd77::1".  These return 0 or -EINVAL. */
int inet_read_address(const char *text, struct inet_prefix *ret);

/* An address, "/", and the length of its network; bits behind that may be set. */
int inet_read_interface(const char *text, struct inet_prefix *ret);

/* The same, but a network: -ERANGE if one of the bits behind its length is set. */
int inet_read_network(const char *text, struct inet_prefix *ret);

/* "NETWORK" or "default", and behind either " via ADDRESS" of the same family. */
int inet_read_route(const char *text, struct inet_route *ret);

/* "8080:80", "8080:80/tcp" or "5353:53/udp". */
int inet_read_forward(const char *text, struct inet_forward *ret);

/*
 * Whether @name can be an interface's: 1 to 15 letters, digits and "._-".  The kernel
 * takes more, but it goes into rules of nftables and paths of /proc/sys as it is.
 */
bool inet_is_interface(const char *name);

/* Whether @name may stand below /run/netns: one component of letters, digits and "._-@+". */
bool inet_is_netns(const char *name);

/* "net.ipv4.ping_group_range=0 0": a name of sysctl(8) that begins with "net.", and a value. */
bool inet_is_sysctl(const char *text);

/* Writes the address, with "/BITS" behind it if @with_bits; "" for none.  Returns @buf. */
const char *inet_format(const struct inet_prefix *p, bool with_bits, char buf[INET_TEXT]);

/* Whether the two networks have an address in common. */
bool inet_overlaps(const struct inet_prefix *a, const struct inet_prefix *b);

/* Whether @p is of 127.0.0.0/8 or ::1. */
bool inet_is_loopback(const struct inet_prefix *p);

/* The address @index behind the first of @network, with the network's length. */
struct inet_prefix inet_nth(const struct inet_prefix *network, uint64_t index);

#endif /* NSI_INET_H */
