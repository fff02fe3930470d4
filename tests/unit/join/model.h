/* SPDX-License-Identifier: MIT */
/* Memory as several processors see it, and the states that a search has been in, for models of the page of joins */
#ifndef NSI_TEST_MODEL_H
#define NSI_TEST_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	LOGIN,
	HELPER,
	SIDES,
	VARS = 4,
	BUFFERED = 3
};

/* Stores become visible late, as those of x86 do. */
struct memory {
	uint8_t seen[VARS];
	uint8_t count[SIDES]; /* stores that nobody else sees yet */
	uint8_t var[SIDES][BUFFERED], value[SIDES][BUFFERED];
};

static uint8_t load(const struct memory *m, int side, int var)
{
	for (int i = m->count[side]; i > 0; i--)
		if (m->var[side][i - 1] == var)
			return m->value[side][i - 1];
	return m->seen[var];
}

static void store(struct memory *m, int side, int var, uint8_t value)
{
	assert_true(m->count[side] < BUFFERED);
	m->var[side][m->count[side]] = (uint8_t)var;
	m->value[side][m->count[side]++] = value;
}

static void flush_one(struct memory *m, int side)
{
	m->seen[m->var[side][0]] = m->value[side][0];
	m->count[side]--;
	memmove(m->var[side], m->var[side] + 1, BUFFERED - 1);
	memmove(m->value[side], m->value[side] + 1, BUFFERED - 1);
	m->var[side][m->count[side]] = m->value[side][m->count[side]] = 0;
}

static void fence(struct memory *m, int side, bool is_there)
{
	while (is_there && m->count[side] > 0)
		flush_one(m, side);
}

/* States of one size, none of which is all zeros: a table with open addresses, by FNV-1a. */
struct states {
	uint8_t *table;
	size_t size, count, room;
};

/* Whether @at was there before; it is from now on. */
static bool states_have(struct states *s, const void *at)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	static const uint8_t none[128];

	assert_true(s->size <= sizeof(none));
	for (size_t i = 0; i < s->size; i++)
		hash = (hash ^ ((const uint8_t *)at)[i]) * UINT64_C(0x100000001b3);
	for (size_t i = hash % s->room;; i = (i + 1) % s->room) {
		uint8_t *row = s->table + i * s->size;

		if (memcmp(row, at, s->size) == 0)
			return true;
		if (memcmp(row, none, s->size) != 0)
			continue;
		memcpy(row, at, s->size);
		assert_true(++s->count < s->room / 2);
		return false;
	}
}

static struct states states_new(size_t size, size_t room)
{
	const struct states s = {.table = calloc(room, size), .size = size, .room = room};

	assert_non_null(s.table);
	return s;
}

#endif /* NSI_TEST_MODEL_H */
