/* SPDX-License-Identifier: MIT */
/* The parsing of quoted values (numbers, sizes, times, modes), and properties of texts */
#ifndef NSI_POLICY_VALUES_H
#define NSI_POLICY_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Each value_...() function parses the whole text, which begins with a digit unless stated otherwise and
 * has no space.  Each returns 0, -EINVAL (another form) or -ERANGE (this form, but a value out
 * of range); the results are only set with 0.
 */

/* "4096", "64K", "64M", "2G", "1T" (powers of 1024) or "1%" to "100%"; not 0. */
int value_size(const char *text, uint64_t *ret_bytes, uint32_t *ret_percent);

/* "1000", "100k", "2m" (powers of 1000), at most @max. */
int value_count(const char *text, uint64_t max, uint64_t *ret);

/* "50%" or "200%", at most @max. */
int value_percent(const char *text, uint64_t max, uint64_t *ret);

/* "90s", "10m", "2h", "30d", "4w", or "0", at most @max seconds. */
int value_time(const char *text, uint64_t max, uint64_t *ret_seconds);

/* "+3d" or "-10m": a time ahead or behind, at most @max seconds; two's complement. */
int value_shift(const char *text, uint64_t max, uint64_t *ret_seconds);

/*
 * "kernel.shmmax=65536": a sysctl that each IPC namespace has a value of its own for, and up
 * to four numbers; or "net.ipv4.ping_group_range=0 0", one of a network namespace.  -ERANGE
 * for another name.
 */
int value_sysctl(const char *text);

/* Whether a network namespace, and not an IPC namespace, has the valid sysctl @text. */
bool value_sysctl_is_net(const char *text);

/* "700", "0700", "1777" or "01777": octal, three digits at least. */
int value_mode(const char *text, uint64_t *ret);

/*
 * "1000", "1000-59999", or "1000-" for all from there on: ids, without the -1 that means
 * "no id" to the kernel.
 */
int value_range(const char *text, uint32_t *ret_low, uint32_t *ret_high);

/*
 * Returns the length, in bytes, of the UTF-8 character at the beginning of @text, which has
 * @size bytes; 0 if it is incomplete, longer than need be, a surrogate, beyond U+10FFFF or
 * one of the control characters U+0080 to U+009F.
 */
size_t utf8_length(const char *text, size_t size);

/*
 * The letters to add, drop, change or swap with their neighbour until @a is @b;
 * capitals do not count.  Words longer than a key can be are far from everything.
 */
unsigned suggest_distance(const char *a, const char *b);

#endif /* NSI_POLICY_VALUES_H */
