/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target over files, where there is no libFuzzer: a regression test of a corpus.
 *
 *	fuzz_load [-m TIMES] FILE...
 *
 * -m damages each file so often: cut, bytes changed, pieces doubled or dropped.  The damage is the
 * same in each run, so that what fails once fails again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	INPUT_MAX = 4 << 20,
	DAMAGE_MAX = 8
};

static uint64_t random_state;

/* xorshift64* (Vigna, 2016). */
static uint64_t next(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * UINT64_C(0x2545f4914f6cdd1d);
}

static size_t damage_once(uint8_t *data, size_t size)
{
	/* The values most likely to break the reading of a policy or of an image. */
	static const uint8_t likely[] = {0x00, 0xff, 0x7f, 0x80, '"', '{', '}', '(', ')',
					 '[',  ']',  '=',  ';',  ',', '%', '!', '/', '\\'};
	size_t at = next() % size, length = 1 + next() % 32;

	if (length > size - at)
		length = size - at;
	switch (next() % 6) {
	case 0: /* cut */
		return at;
	case 1: /* a bit */
		data[at] ^= (uint8_t)(1u << next() % 8);
		return size;
	case 2: /* any byte */
		data[at] = (uint8_t)next();
		return size;
	case 3: /* drop a piece */
		memmove(data + at, data + at + length, size - at - length);
		return size - length;
	case 4: /* double it */
		memmove(data + at + length, data + at, size - at);
		return size + length;
	default:
		data[at] = likely[next() % sizeof(likely)];
		return size;
	}
}

/* A fresh copy for each time, in memory of just its size: so that a look behind it shows. */
static void run_damaged(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + DAMAGE_MAX * 32 + 1);
	unsigned times = 1 + next() % DAMAGE_MAX;

	if (!copy)
		abort();
	memcpy(copy, data, size);
	while (times-- > 0 && size > 0)
		size = damage_once(copy, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

int main(int argc, char **argv)
{
	int first = argc > 2 && strcmp(argv[1], "-m") == 0 ? 3 : 1;
	unsigned long times = first == 3 ? strtoul(argv[2], NULL, 10) : 0, count = 0;
	uint8_t *data = malloc(INPUT_MAX);

	if (!data)
		return 1;
	for (int i = first; i < argc; i++) {
		FILE *f = fopen(argv[i], "re");
		size_t size;

		if (!f) {
			perror(argv[i]);
			return 1;
		}
		size = fread(data, 1, INPUT_MAX, f);
		(void)fclose(f); /* was only read */
		(void)LLVMFuzzerTestOneInput(data, size);
		random_state = UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)i;
		for (unsigned long j = 0; j < times && size > 0; j++)
			run_damaged(data, size);
		count += 1 + times;
	}
	free(data);
	printf("%lu inputs\n", count);
	return 0;
}
