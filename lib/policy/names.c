/* SPDX-License-Identifier: MIT */
#include "policy/names.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/draft.h"

static const char *name_of(const struct draft *d, uint32_t row)
{
	return draft_str(d, draft_policy(d, row)->row.name);
}

/* "Lab" and "lab" are one name to a person; of two, the one that was read first comes first. */
static int names_compare(const void *a, const void *b, void *draft)
{
	const struct draft *d = draft;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int order = strcasecmp(name_of(d, x), name_of(d, y));

	return order ? order : x < y ? -1 : x > y;
}

static void names_refuse_twins(struct draft *d)
{
	for (size_t i = 1; i < d->policies.count; i++) {
		const struct draft_policy *first = draft_policy(d, d->by_name[i - 1]);
		const struct draft_policy *second = draft_policy(d, d->by_name[i]);
		char where[256];

		if (strcasecmp(draft_str(d, first->row.name), draft_str(d, second->row.name)) != 0)
			continue;
		draft_error(d, second->row.where, "policy '%.64s' is defined twice: first at %s",
			    draft_str(d, second->row.name),
			    draft_where(d, first->row.where, where, sizeof(where)));
	}
}

void names_index(struct draft *d)
{
	size_t count = d->policies.count;

	d->by_name = calloc(count + 1, sizeof(d->by_name[0]));
	if (!d->by_name) {
		d->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < count; i++)
		d->by_name[i] = (uint32_t)i;
	qsort_r(d->by_name, count, sizeof(d->by_name[0]), names_compare, d);
	names_refuse_twins(d);
}

int64_t names_find(const struct draft *d, const char *name)
{
	size_t low = 0, high = d->by_name ? d->policies.count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcasecmp(name, name_of(d, d->by_name[middle]));

		if (order == 0 && strcmp(name, name_of(d, d->by_name[middle])) == 0)
			return d->by_name[middle];
		if (order == 0)
			return -1;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

const char *names_suggest(const struct draft *d, const char *name)
{
	const char *best = NULL;
	unsigned best_far = 3;

	for (uint32_t i = 0; i < d->policies.count; i++) {
		unsigned far = suggest_distance(name_of(d, i), name);

		if (far < best_far && far * 2 <= strlen(name)) {
			best_far = far;
			best = name_of(d, i);
		}
	}
	return best;
}

enum {
	WORD_MAX_BYTES = 24,
	FAR_AWAY = 1000
};

static char names_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned names_least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Optimal string alignment, with one row of the table for each letter of @a. */
unsigned suggest_distance(const char *a, const char *b)
{
	unsigned far[WORD_MAX_BYTES + 1][WORD_MAX_BYTES + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > WORD_MAX_BYTES || lb > WORD_MAX_BYTES)
		return FAR_AWAY;
	for (unsigned i = 0; i <= la; i++)
		far[i][0] = i;
	for (unsigned j = 0; j <= lb; j++)
		far[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		for (size_t j = 1; j <= lb; j++) {
			char x = names_lower(a[i - 1]), y = names_lower(b[j - 1]);
			unsigned change = far[i - 1][j - 1] + (x != y);

			far[i][j] = names_least(far[i - 1][j] + 1, far[i][j - 1] + 1, change);
			if (i > 1 && j > 1 && x == names_lower(b[j - 2]) &&
			    y == names_lower(a[i - 2]))
				far[i][j] = names_least(far[i][j], far[i - 2][j - 2] + 1, FAR_AWAY);
		}
	}
	return far[la][lb];
}
