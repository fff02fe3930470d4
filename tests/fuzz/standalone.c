/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over files, where there is no libFuzzer: a regression test of a corpus. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
	enum {
		INPUT_MAX = 4 << 20
	};
	uint8_t *data = malloc(INPUT_MAX);

	if (!data)
		return 1;
	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "re");

		if (!f) {
			perror(argv[i]);
			return 1;
		}
		(void)LLVMFuzzerTestOneInput(data, fread(data, 1, INPUT_MAX, f));
		(void)fclose(f); /* was only read */
	}
	free(data);
	printf("%d inputs\n", argc - 1);
	return 0;
}
