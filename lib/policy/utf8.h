/* SPDX-License-Identifier: MIT */
/* UTF-8 sequences */
#ifndef NSI_POLICY_UTF8_H
#define NSI_POLICY_UTF8_H

#include <stddef.h>

/*
 * Returns the length, in bytes, of the UTF-8 character at the beginning of @text, which has
 * @size bytes; 0 if it is incomplete, longer than need be, a surrogate, beyond U+10FFFF or
 * one of the control characters U+0080 to U+009F.
 */
size_t utf8_length(const char *text, size_t size);

#endif /* NSI_POLICY_UTF8_H */
