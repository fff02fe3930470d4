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

/* Returns the number of bits of an address of this family. */
static inline unsigned inet_width(uint8_t family)
{
	return family == 2 ? 32 : 128; /* AF_INET, AF_INET6 */
}

/* Parses "10.0.0.1" or "fd77::1".  Returns 0 or -EINVAL. */
int inet_read_address(const char *text, struct inet_prefix *ret);

/* Parses an address, "/", and a prefix length; host bits may be set.  Returns 0 or -EINVAL. */
int inet_read_interface(const char *text, struct inet_prefix *ret);

/* Parses a network in the same form.  Returns 0, -EINVAL, or -ERANGE if a host bit is set. */
int inet_read_network(const char *text, struct inet_prefix *ret);

/*
 * Parses "NETWORK" or "default", each followed by " via ADDRESS" of the same family or nothing.
 * Returns 0, -EINVAL or -ERANGE.
 */
int inet_read_route(const char *text, struct inet_route *ret);

/* Parses "8080:80", "8080:80/tcp" or "5353:53/udp".  Returns 0 or -EINVAL. */
int inet_read_forward(const char *text, struct inet_forward *ret);

/*
 * Whether @name can be an interface's: 1 to 15 letters, digits and "._-".  The kernel
 * takes more, but it goes into rules of nftables and paths of /proc/sys as it is.
 */
bool inet_is_interface(const char *name);

/* Whether @name may stand below /run/netns: one component of letters, digits and "._-@+". */
bool inet_is_netns(const char *name);

/* Whether @text is as "net.ipv4.ping_group_range=0 0": a sysctl below "net.", and a value. */
bool inet_is_sysctl(const char *text);

/* Writes the address, with "/BITS" behind it if @with_bits; "" for none.  Returns @buf. */
const char *inet_format(const struct inet_prefix *p, bool with_bits, char buf[INET_TEXT]);

/* Whether the two networks have an address in common. */
bool inet_overlaps(const struct inet_prefix *a, const struct inet_prefix *b);

/* Whether @p is in 127.0.0.0/8 or is ::1. */
bool inet_is_loopback(const struct inet_prefix *p);

/* Returns address number @index of @network (0: the first), with the network's prefix length. */
struct inet_prefix inet_nth(const struct inet_prefix *network, uint64_t index);

enum {
	ADDRESS_BITS = 128
};

/*
 * An address of either family, in network order.  10.1.2.3 is kept as
 * ::ffff:10.1.2.3 (RFC 4291, 2.5.5.2), which is what a daemon that listens on an
 * IPv6 socket calls the same host.
 */
struct address {
	uint8_t bytes[ADDRESS_BITS / 8];
};

/* "10.1.2.3", "2001:db8::1" or "fe80::1%eth0", whose zone does not count.  Returns 0 or -EINVAL. */
int address_parse(const char *text, struct address *ret);

/*
 * "10.0.0.0/8", "2001:db8::/32".  Returns the number of leading bits that count, of
 * ADDRESS_BITS, or -EINVAL; -ERANGE if one of the others is set, as in "10.1.0.0/8".
 */
int address_parse_network(const char *text, struct address *ret);

/* Whether the first @bits of @a are those of @net. */
bool address_is_in(const struct address *a, const uint8_t net[ADDRESS_BITS / 8], unsigned bits);

#endif /* NSI_INET_H */
