/* SPDX-License-Identifier: MIT */
#include "priv/cpu_slice.h"

#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* struct sched_attr of linux/sched/types.h, which cannot be included with sched.h. */
struct slice_attr {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime; /* SCHED_OTHER: the slice in nanoseconds; 0: the usual */
	uint64_t deadline;
	uint64_t period;
};

enum {
	SLICE_RESET_ON_FORK = 1, /* SCHED_FLAG_RESET_ON_FORK */
	SLICE_SHORTEST_NS = 100000
};

static void slice_set(uint64_t ns, uint64_t flags)
{
	struct slice_attr attr = {.size = sizeof(attr)};

	/* Earlier kernels have no slice to tell. */
	if (syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0) < 0 ||
	    attr.policy != SCHED_OTHER || attr.runtime == 0)
		return;
	attr.runtime = ns;
	attr.flags |= flags;
	(void)syscall(SYS_sched_setattr, 0, &attr, 0); /* then it waits for its turn */
}

void cpu_slice_shorten(void)
{
	slice_set(SLICE_SHORTEST_NS, SLICE_RESET_ON_FORK);
}

void cpu_slice_restore(void)
{
	slice_set(0, 0);
}
