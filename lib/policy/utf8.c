/* SPDX-License-Identifier: MIT */
#include "policy/utf8.h"

#include <stdint.h>

size_t utf8_length(const char *text, size_t size)
{
	static const uint32_t least[] = {0, 0, 0xa0, 0x800, 0x10000};
	unsigned char first = size > 0 ? (unsigned char)text[0] : 0xff;
	uint32_t code;
	size_t len;

	if (first < 0x80)
		return 1;
	len = first >= 0xf8 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
	if (len == 0 || len > size)
		return 0;
	code = first & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		unsigned char next = (unsigned char)text[i];

		if ((next & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (next & 0x3f);
	}
	if (code < least[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return len;
}
