/* SPDX-License-Identifier: MIT */
/* Whether a control group has processes */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/freeze.h"

/* Version 2: "populated" counts the groups below as well. */
static int empty_by_events(int fd)
{
	char text[256];
	ssize_t n = fd_read_file(fd, "cgroup.events", text, sizeof(text));

	if (n == -ENOENT || n == -ENODEV) /* it has been removed since it was opened */
		return 1;
	if (n < 0)
		return (int)n;
	return strstr(text, "populated 0") != NULL;
}

/* Version 1 has no such file: whoever is in it, or in a group below. */
static int empty_by_list(const char *dir)
{
	int pid, r = freeze_list(dir, &pid, 1);

	if (r == -E2BIG)
		return 0;
	return r < 0 ? r : r == 0;
}

int cgroup_is_empty(const char *dir, uint64_t id, bool is_v2)
{
	NSI_AUTO_FD int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 1 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_ino != id) /* another group has the name by now */
		return 1;
	return is_v2 ? empty_by_events(fd) : empty_by_list(dir);
}
