/* SPDX-License-Identifier: MIT */
#include "policy/suggest.h"

#include <string.h>

enum {
	WORD_MAX_BYTES = 24,
	FAR_AWAY = 1000
};

static char suggest_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned suggest_least(unsigned a, unsigned b, unsigned c)
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
			char x = suggest_lower(a[i - 1]), y = suggest_lower(b[j - 1]);
			unsigned change = far[i - 1][j - 1] + (x != y);

			far[i][j] = suggest_least(far[i - 1][j] + 1, far[i][j - 1] + 1, change);
			if (i > 1 && j > 1 && x == suggest_lower(b[j - 2]) &&
			    y == suggest_lower(a[i - 2]))
				far[i][j] =
					suggest_least(far[i][j], far[i - 2][j - 2] + 1, FAR_AWAY);
		}
	}
	return far[la][lb];
}
