/* SPDX-License-Identifier: MIT */
#include "policy/address.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/inet.h"

enum {
	BITS_BEFORE_4 = ADDRESS_BITS - 32, /* of ::ffff:0:0 */
};

static const struct address mapped = {.bytes = {[10] = 0xff, [11] = 0xff}};

static struct address address_widen(const struct inet_prefix *p)
{
	struct address a = mapped;

	if (p->family == AF_INET)
		memcpy(a.bytes + BITS_BEFORE_4 / 8, p->addr, 4);
	else
		memcpy(a.bytes, p->addr, sizeof(a.bytes));
	return a;
}

int address_parse(const char *text, struct address *ret)
{
	char buf[INET6_ADDRSTRLEN];
	size_t len = strcspn(text, "%");
	struct inet_prefix p;

	if (len >= sizeof(buf))
		return -EINVAL;
	memcpy(buf, text, len);
	buf[len] = '\0';
	if (inet_read_address(buf, &p) < 0)
		return -EINVAL;
	*ret = address_widen(&p);
	return 0;
}

int address_parse_network(const char *text, struct address *ret)
{
	struct inet_prefix p;
	int r = inet_read_network(text, &p);

	if (r < 0)
		return r;
	*ret = address_widen(&p);
	return (int)(ADDRESS_BITS - inet_width(p.family) + p.bits);
}

bool address_is_in(const struct address *a, const uint8_t net[ADDRESS_BITS / 8], unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	uint8_t mask = (uint8_t)(0xff00u >> rest);

	/* "::/0" is every address of IPv6, and not those of IPv4 that are kept among them. */
	if (bits < BITS_BEFORE_4 && memcmp(a->bytes, mapped.bytes, BITS_BEFORE_4 / 8) == 0)
		return false;
	if (memcmp(a->bytes, net, whole) != 0)
		return false;
	return rest == 0 || (a->bytes[whole] & mask) == (net[whole] & mask);
}
