/* SPDX-License-Identifier: MIT */
#include "policy/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/text.h"

enum {
	BITS_OF_4 = 32,
	BITS_BEFORE_4 = ADDRESS_BITS - BITS_OF_4, /* of ::ffff:0:0 */
};

static const struct address mapped = {.bytes = {[10] = 0xff, [11] = 0xff}};

/* Returns the bits of the family, or -EINVAL. */
static int parse(const char *text, struct address *ret)
{
	struct address found = mapped;

	if (inet_pton(AF_INET, text, found.bytes + BITS_BEFORE_4 / 8) == 1) {
		*ret = found;
		return BITS_OF_4;
	}
	return inet_pton(AF_INET6, text, ret->bytes) == 1 ? ADDRESS_BITS : -EINVAL;
}

int address_parse(const char *text, struct address *ret)
{
	char buf[INET6_ADDRSTRLEN];
	size_t len = strcspn(text, "%");

	/* Most remote hosts are names, which never get further than this. */
	if (len >= sizeof(buf) || strspn(text, "0123456789abcdefABCDEF.:") != len)
		return -EINVAL;
	memcpy(buf, text, len);
	buf[len] = '\0';
	return parse(buf, ret) < 0 ? -EINVAL : 0;
}

int address_parse_network(const char *text, struct address *ret)
{
	const char *slash = strchr(text, '/');
	char buf[INET6_ADDRSTRLEN];
	uint64_t bits;
	int family;

	if (!slash || (size_t)(slash - text) >= sizeof(buf))
		return -EINVAL;
	memcpy(buf, text, (size_t)(slash - text));
	buf[slash - text] = '\0';
	family = parse(buf, ret);
	if (family < 0 || strlen(slash + 1) > 3 || text_u64(slash + 1, (uint64_t)family, &bits) < 0)
		return -EINVAL;
	bits += (uint64_t)(ADDRESS_BITS - family);
	for (unsigned i = (unsigned)bits; i < ADDRESS_BITS; i++)
		if (ret->bytes[i / 8] & (0x80u >> i % 8))
			return -ERANGE;
	return (int)bits;
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
