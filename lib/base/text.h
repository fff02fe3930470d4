/* SPDX-License-Identifier: MIT */
/* Text from other sources, made safe to keep and to show */
#ifndef NSI_TEXT_H
#define NSI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Formats into @buf of @size bytes, as snprintf(3).  For text that is shown, and for names and
 * paths of parts with known lengths: a longer result is cut short, and nobody is told.
 */
void text_fmt(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Copies @src with its terminator into @dst of @size bytes.
 * Returns 0, or -ENAMETOOLONG with @dst set to "", never a part of @src:
 * a name that was cut short is another name.
 */
int text_copy(char *dst, size_t size, const char *src);

/*
 * Writes @src into @dst so that it can stand as one word of a log line: control
 * characters, spaces, quotes, backslashes and everything that is not ASCII
 * become \xNN.  Cut short if it must be, between two characters.  Returns @dst.
 */
const char *text_escape(char *dst, size_t size, const char *src);

/* Whether a fixed-size field holds a terminator. */
bool text_is_terminated(const char *field, size_t size);

/*
 * Strict decimal: digits only, no sign, no space, nothing behind.
 * Returns 0, -EINVAL (not a number) or -ERANGE (above @max).
 */
int text_u64(const char *s, uint64_t max, uint64_t *ret);

#endif /* NSI_TEXT_H */
