/* SPDX-License-Identifier: MIT */
#include "base/inet.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/netmode.h"
#include "base/text.h"

const char *const net_mode_words[NET_MODE_MAX + 1] = {
	[NET_HOST] = "host",     [NET_NONE] = "none",       [NET_NETNS] = "netns",
	[NET_BRIDGE] = "bridge", [NET_MACVLAN] = "macvlan", [NET_USER] = "user",
};

int inet_read_address(const char *text, struct inet_prefix *ret)
{
	struct inet_prefix p = {.family = AF_INET, .bits = 32};

	if (inet_pton(AF_INET, text, p.addr) != 1) {
		p = (struct inet_prefix){.family = AF_INET6, .bits = 128};
		if (inet_pton(AF_INET6, text, p.addr) != 1)
			return -EINVAL;
	}
	*ret = p;
	return 0;
}

int inet_read_interface(const char *text, struct inet_prefix *ret)
{
	const char *slash = strchr(text, '/');
	struct inet_prefix p;
	char head[INET_TEXT];
	uint64_t bits;

	if (!slash || (size_t)(slash - text) >= sizeof(head))
		return -EINVAL;
	memcpy(head, text, (size_t)(slash - text));
	head[slash - text] = '\0';
	if (inet_read_address(head, &p) < 0 || strlen(slash + 1) > 3 ||
	    text_u64(slash + 1, inet_width(p.family), &bits) < 0)
		return -EINVAL;
	p.bits = (uint8_t)bits;
	*ret = p;
	return 0;
}

/* Whether bit @i of the two is the same. */
static bool inet_same_bit(const struct inet_prefix *a, const struct inet_prefix *b, unsigned i)
{
	return (((a->addr[i / 8] ^ b->addr[i / 8]) >> (7 - i % 8)) & 1) == 0;
}

int inet_read_network(const char *text, struct inet_prefix *ret)
{
	static const struct inet_prefix zero;
	struct inet_prefix p;

	if (inet_read_interface(text, &p) < 0)
		return -EINVAL;
	for (unsigned i = p.bits; i < inet_width(p.family); i++) {
		if (!inet_same_bit(&p, &zero, i))
			return -ERANGE;
	}
	*ret = p;
	return 0;
}

int inet_read_route(const char *text, struct inet_route *ret)
{
	static const char word[] = " via ";
	const char *via = strstr(text, word);
	struct inet_route route = {0};
	char head[INET_TEXT];
	size_t size = via ? (size_t)(via - text) : strlen(text);

	if (size >= sizeof(head))
		return -EINVAL;
	memcpy(head, text, size);
	head[size] = '\0';
	if (via && inet_read_address(via + sizeof(word) - 1, &route.via) < 0)
		return -EINVAL;
	if (strcmp(head, "default") == 0)
		route.dst.family = via ? route.via.family : AF_UNSPEC;
	else if (inet_read_network(head, &route.dst) < 0)
		return -EINVAL;
	if (via && route.dst.family != route.via.family)
		return -EINVAL;
	*ret = route;
	return 0;
}

static int inet_read_port(const char *text, size_t size, uint16_t *ret)
{
	char digits[8];
	uint64_t port;

	if (size >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, size);
	digits[size] = '\0';
	if (text_u64(digits, UINT16_MAX, &port) < 0 || port == 0)
		return -EINVAL;
	*ret = (uint16_t)port;
	return 0;
}

int inet_read_forward(const char *text, struct inet_forward *ret)
{
	const char *colon = strchr(text, ':'), *slash = strchr(text, '/');
	const char *end = slash ? slash : text + strlen(text);
	struct inet_forward f = {.proto = IPPROTO_TCP};

	if (!colon || colon > end)
		return -EINVAL;
	if (inet_read_port(text, (size_t)(colon - text), &f.from) < 0 ||
	    inet_read_port(colon + 1, (size_t)(end - colon - 1), &f.to) < 0)
		return -EINVAL;
	if (slash && strcmp(slash, "/udp") == 0)
		f.proto = IPPROTO_UDP;
	else if (slash && strcmp(slash, "/tcp") != 0)
		return -EINVAL;
	*ret = f;
	return 0;
}

static bool inet_is_made_of(const char *text, const char *others)
{
	for (; *text; text++) {
		if (!isalnum((unsigned char)*text) && !strchr(others, *text))
			return false;
	}
	return true;
}

bool inet_is_interface(const char *name)
{
	return name[0] != '\0' && strlen(name) < INET_NAME && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0 && inet_is_made_of(name, "._-");
}

bool inet_is_netns(const char *name)
{
	return name[0] != '\0' && strlen(name) < INET_NETNS && name[0] != '.' &&
	       inet_is_made_of(name, "._-@+");
}

bool inet_is_sysctl(const char *text)
{
	const char *value = strchr(text, '=');
	char name[INET_SYSCTL];

	if (!value || value[1] == '\0' || strlen(text) >= sizeof(name))
		return false;
	memcpy(name, text, (size_t)(value - text));
	name[value - text] = '\0';
	return strncmp(name, "net.", 4) == 0 && name[4] != '\0' && !strstr(name, "..") &&
	       inet_is_made_of(name, "._-") && inet_is_made_of(value + 1, " ._-:,/+");
}

const char *inet_format(const struct inet_prefix *p, bool with_bits, char buf[INET_TEXT])
{
	buf[0] = '\0';
	if (p->family == AF_UNSPEC || !inet_ntop(p->family, p->addr, buf, INET_TEXT))
		return buf;
	if (with_bits) {
		size_t used = strlen(buf);

		text_fmt(buf + used, INET_TEXT - used, "/%u", p->bits); /* there is room */
	}
	return buf;
}

bool inet_overlaps(const struct inet_prefix *a, const struct inet_prefix *b)
{
	unsigned bits = a->bits < b->bits ? a->bits : b->bits;

	if (a->family != b->family || a->family == AF_UNSPEC)
		return false;
	for (unsigned i = 0; i < bits; i++) {
		if (!inet_same_bit(a, b, i))
			return false;
	}
	return true;
}

bool inet_is_loopback(const struct inet_prefix *p)
{
	static const uint8_t one[16] = {[15] = 1};

	return p->family == AF_INET ? p->addr[0] == 127 : memcmp(p->addr, one, sizeof(one)) == 0;
}

struct inet_prefix inet_nth(const struct inet_prefix *network, uint64_t index)
{
	struct inet_prefix p = *network;

	for (int i = (int)inet_width(p.family) / 8 - 1; i >= 0 && index > 0; i--) {
		index += p.addr[i];
		p.addr[i] = (uint8_t)index;
		index >>= 8;
	}
	return p;
}

enum {
	BITS_BEFORE_4 = ADDRESS_BITS - 32, /* of ::ffff:0:0 */
};

static const struct address mapped = {.bytes = {[10] = 0xff, [11] = 0xff}};

static struct address inet_widen(const struct inet_prefix *p)
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
	*ret = inet_widen(&p);
	return 0;
}

int address_parse_network(const char *text, struct address *ret)
{
	struct inet_prefix p;
	int r = inet_read_network(text, &p);

	if (r < 0)
		return r;
	*ret = inet_widen(&p);
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
