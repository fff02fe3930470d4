/* SPDX-License-Identifier: MIT */
/* Memory that a fork leaves common to two processes */
#include "priv/priv.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

enum {
	MEMORY_RANGES = 32,
	MEMORY_PAGES = 512, /* of one range: a heap of many sets is not copied for each login */
	MEMORY_MAPS = 32 << 10
};

/* The private memory that is written to: those of the libraries, and the program's, do not move. */
static struct memory_range {
	uintptr_t start, end;
	bool is_heap; /* it grows */
} memory_ranges[MEMORY_RANGES];
static unsigned memory_count;

/* Reads proc_pid_maps(5), once.  Without it, pages are copied when they are written to. */
static void memory_find_ranges(void)
{
	NSI_AUTO_FREE char *maps = malloc(MEMORY_MAPS);
	char *rest = maps, *line;

	if (!maps || fd_read_file(AT_FDCWD, "/proc/self/maps", maps, MEMORY_MAPS) < 0)
		return;
	while ((line = strsep(&rest, "\n")) != NULL && memory_count < MEMORY_RANGES) {
		struct memory_range *range = &memory_ranges[memory_count];
		char mode[5];

		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &range->start, &range->end,
			   mode) != 3 ||
		    strcmp(mode, "rw-p") != 0)
			continue;
		range->is_heap = strstr(line, "[heap]") != NULL;
		memory_count++;
	}
}

/* A page that was never used is not made. */
static void memory_own_range(uintptr_t start, uintptr_t end)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	unsigned char is_there[MEMORY_PAGES];
	uintptr_t count = (end - start) / page;

	count = count < MEMORY_PAGES ? count : MEMORY_PAGES;
	if (mincore((void *)start, count * page, is_there) < 0)
		return;
	for (uintptr_t i = 0, n; i < count; i += n + 1) {
		for (n = 0; i + n < count && (is_there[i + n] & 1); n++)
			;
		if (n > 0) /* a failure leaves them as they are */
			(void)madvise((void *)(start + i * page), n * page, MADV_POPULATE_WRITE);
	}
}

void memory_own(void)
{
	if (memory_count == 0)
		memory_find_ranges();
	for (unsigned i = 0; i < memory_count; i++)
		memory_own_range(memory_ranges[i].start, memory_ranges[i].is_heap
								 ? (uintptr_t)sbrk(0)
								 : memory_ranges[i].end);
}
