/* SPDX-License-Identifier: MIT */
/* Texts of fixed size, and the sentence of a failure */
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"

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

/* The result of fail_set() and fail_errno() for @err of either sign. */
static int text_negative(int err)
{
	if (err == 0)
		return -EIO;
	return err < 0 ? err : -err;
}

int fail_set(struct nsi_fail *f, int err, const char *fmt, ...)
{
	va_list ap;

	if (f->what[0] == '\0') {
		va_start(ap, fmt);
		(void)vsnprintf(f->what, sizeof(f->what), fmt, ap); /* cut short is fine */
		va_end(ap);
	}
	return text_negative(err);
}

int fail_errno(struct nsi_fail *f, int err, const char *fmt, ...)
{
	const char *text;
	va_list ap;
	size_t used;

	err = text_negative(err);
	if (f->what[0] != '\0')
		return err;
	va_start(ap, fmt);
	(void)vsnprintf(f->what, sizeof(f->what), fmt, ap); /* cut short is fine */
	va_end(ap);

	/* Not strerror(): it may load a message catalogue (gettext) in other people's daemons. */
	text = err == -ENFILE ? "a limit is reached, see /proc/sys/fs/file-max"
			      : strerrordesc_np(-err);
	used = strlen(f->what);
	text_fmt(f->what + used, sizeof(f->what) - used, ": %s", text ? text : "unknown error");
	return err;
}
