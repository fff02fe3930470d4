/* SPDX-License-Identifier: MIT */
#include "base/idmap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Behind the last id; 2^32 - 1 means "no id" to the kernel. */
static uint64_t idmap_end_of(uint32_t first, uint32_t count)
{
	return (uint64_t)first + count;
}

static bool idmap_overlap(uint32_t a, uint32_t a_count, uint32_t b, uint32_t b_count)
{
	return a < idmap_end_of(b, b_count) && b < idmap_end_of(a, a_count);
}

/* Whether both say the same of their ids, and there is no gap between them. */
static bool idmap_continues(const struct idmap_range *a, const struct idmap_range *b)
{
	return (int64_t)a->outside - a->inside == (int64_t)b->outside - b->inside &&
	       a->inside <= idmap_end_of(b->inside, b->count) &&
	       b->inside <= idmap_end_of(a->inside, a->count);
}

static struct idmap_range idmap_join(const struct idmap_range *a, const struct idmap_range *b)
{
	const struct idmap_range *first = a->inside < b->inside ? a : b;
	uint64_t a_end = idmap_end_of(a->inside, a->count),
		 b_end = idmap_end_of(b->inside, b->count);

	return (struct idmap_range){
		.inside = first->inside,
		.outside = first->outside,
		.count = (uint32_t)((a_end > b_end ? a_end : b_end) - first->inside),
	};
}

static int idmap_insert(struct idmap *map, const struct idmap_range *range)
{
	unsigned at = 0;

	if (map->count == IDMAP_RANGES_MAX)
		return -E2BIG;
	while (at < map->count && map->ranges[at].inside < range->inside)
		at++;
	memmove(&map->ranges[at + 1], &map->ranges[at], (map->count - at) * sizeof(*range));
	map->ranges[at] = *range;
	map->count++;
	return 0;
}

int idmap_add(struct idmap *map, const struct idmap_range *range)
{
	struct idmap_range all = *range;
	unsigned kept = 0;

	if (range->count == 0 || idmap_end_of(range->inside, range->count) > UINT32_MAX ||
	    idmap_end_of(range->outside, range->count) > UINT32_MAX)
		return -ERANGE;
	for (unsigned i = 0; i < map->count; i++) {
		const struct idmap_range *r = &map->ranges[i];

		if (!idmap_continues(r, range) &&
		    (idmap_overlap(r->inside, r->count, range->inside, range->count) ||
		     idmap_overlap(r->outside, r->count, range->outside, range->count)))
			return -EEXIST;
	}
	for (unsigned i = 0; i < map->count; i++) {
		if (idmap_continues(&map->ranges[i], &all))
			all = idmap_join(&map->ranges[i], &all);
		else
			map->ranges[kept++] = map->ranges[i];
	}
	map->count = kept;
	return idmap_insert(map, &all);
}

bool idmap_has(const struct idmap *map, uint32_t id)
{
	for (unsigned i = 0; i < map->count; i++) {
		const struct idmap_range *r = &map->ranges[i];

		if (id >= r->inside && id < idmap_end_of(r->inside, r->count))
			return r->inside == r->outside;
	}
	return false;
}

int idmap_format(const struct idmap *map, char *buf, size_t size)
{
	size_t used = 0;

	for (unsigned i = 0; i < map->count; i++) {
		const struct idmap_range *r = &map->ranges[i];
		int n = snprintf(buf + used, size - used, "%u %u %u\n", r->inside, r->outside,
				 r->count);

		if (n < 0 || (size_t)n >= size - used)
			return -ENOBUFS;
		used += (size_t)n;
	}
	return (int)used;
}

int idmap_parse(struct idmap *ret, const char *text)
{
	*ret = (struct idmap){0};
	while (*text) {
		struct idmap_range range;
		int used = 0, r;

		if (sscanf(text, "%u %u %u%n", &range.inside, &range.outside, &range.count,
			   &used) != 3 ||
		    text[used] != '\n')
			return -EBADMSG;
		r = idmap_add(ret, &range);
		if (r < 0)
			return r;
		text += used + 1;
	}
	return 0;
}
