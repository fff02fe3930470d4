/* SPDX-License-Identifier: MIT */
/* Matching of a remote host against addresses and networks */
#ifndef NSI_POLICY_ADDRESS_H
#define NSI_POLICY_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

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

#endif /* NSI_POLICY_ADDRESS_H */
