/* SPDX-License-Identifier: MIT */
/* The id maps of user namespaces */
#ifndef NSI_IDMAP_H
#define NSI_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The kernel takes 340 ranges, written in one piece of less than a page
 * (user_namespaces(7)): with eleven bytes for a number, these fit.
 */
enum {
	IDMAP_RANGES_MAX = 120,
	IDMAP_TEXT_SIZE = 4096,
};

struct idmap_range {
	uint32_t inside;
	uint32_t outside;
	uint32_t count;
};

/* Sorted by the ids inside; ranges that continue each other are one. */
struct idmap {
	unsigned count;
	struct idmap_range ranges[IDMAP_RANGES_MAX];
};

/*
 * Adds a range; a range that the map contains already is accepted.  Returns 0, -ERANGE for
 * ids that do not exist, -EEXIST for a range that contradicts the map, -E2BIG without room.
 */
int idmap_add(struct idmap *map, const struct idmap_range *range);

/* Whether @id is the same inside and outside. */
bool idmap_has(const struct idmap *map, uint32_t id);

/* Writes the map as the kernel reads it.  Returns the length, or -ENOBUFS. */
int idmap_format(const struct idmap *map, char *buf, size_t size);

/* Reads a map as the kernel writes it.  Returns 0, -EBADMSG, or as idmap_add(). */
int idmap_parse(struct idmap *ret, const char *text);

#endif /* NSI_IDMAP_H */
