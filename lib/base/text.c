/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_fmt(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(buf, size, fmt, ap);
	va_end(ap);
}

int text_copy(char *dst, size_t size, const char *src)
{
	size_t len = strnlen(src, size);

	if (len >= size) {
		if (size > 0)
			dst[0] = '\0';
		return -ENAMETOOLONG;
	}
	memcpy(dst, src, len + 1);
	return 0;
}

static bool text_is_plain(unsigned char c)
{
	return c > ' ' && c < 0x7f && c != '"' && c != '\'' && c != '\\';
}

const char *text_escape(char *dst, size_t size, const char *src)
{
	size_t used = 0;

	if (size == 0)
		return dst;
	for (; *src; src++) {
		unsigned char c = (unsigned char)*src;
		size_t need = text_is_plain(c) ? 1 : 4;

		if (used + need >= size)
			break;
		if (need == 1)
			dst[used] = (char)c;
		else
			(void)snprintf(dst + used, 5, "\\x%02x", c); /* room was checked */
		used += need;
	}
	dst[used] = '\0';
	return dst;
}

bool text_is_terminated(const char *field, size_t size)
{
	return memchr(field, '\0', size) != NULL;
}

int text_u64(const char *s, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	if (*s == '\0')
		return -EINVAL;
	for (; *s; s++) {
		unsigned digit = (unsigned)(*s - '0');

		if (*s < '0' || *s > '9')
			return -EINVAL;
		if (value > (UINT64_MAX - digit) / 10)
			return -ERANGE;
		value = value * 10 + digit;
	}
	if (value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}
