/* SPDX-License-Identifier: MIT */
/* Hash functions: FNV-1a */
#ifndef NSI_BASE_HASH_H
#define NSI_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(0xcbf29ce484222325)

/* FNV-1a, 64 bits: tells apart what root writes, and finds damage; it keeps nobody out. */
static inline uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *at = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static inline uint64_t hash_u64(uint64_t hash, uint64_t value)
{
	return hash_bytes(hash, &value, sizeof(value));
}

/* 32 bits, of a text: for names and numbers that are short.  Texts that anybody chooses may have equal ones. */
static inline uint32_t hash_text32(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

#endif /* NSI_BASE_HASH_H */
