/* SPDX-License-Identifier: MIT */
#include "ns/ipc.h"

#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"

/* The lines of a table of /proc/sysvipc behind its heading (sysvipc(7)). */
static int ipc_count_lines(const char *path, unsigned *ret)
{
	NSI_AUTO_FILE FILE *f = fopen(path, "re");
	unsigned lines = 0;
	int c;

	if (!f)
		return -errno;
	while ((c = getc(f)) != EOF)
		lines += c == '\n';
	*ret = lines > 0 ? lines - 1 : 0;
	return 0;
}

int ns_count_ipc(struct ns_ipc_count *ret)
{
	int r = ipc_count_lines("/proc/sysvipc/msg", &ret->queues);

	if (r == 0)
		r = ipc_count_lines("/proc/sysvipc/sem", &ret->semaphores);
	return r < 0 ? r : ipc_count_lines("/proc/sysvipc/shm", &ret->segments);
}
