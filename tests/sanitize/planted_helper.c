/* SPDX-License-Identifier: MIT */
/* A fault of the helper: with each request that ends it reads one byte behind a block of memory. */
#include <stdint.h>
#include <stdlib.h>

struct call;
void __real_call_free(struct call *c);
void __wrap_call_free(struct call *c);

void __wrap_call_free(struct call *c)
{
	volatile char *block = calloc(1, 8);
	volatile unsigned size = 8;

	__real_call_free(c);
	if (block && block[size]) /* ASan: heap-buffer-overflow */
		abort();
	free((void *)(uintptr_t)block);
}
