/* SPDX-License-Identifier: MIT */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"

int proc_start_time(int pid, uint64_t *ret)
{
	char path[32], text[1024], *p;
	ssize_t n;

	text_fmt(path, sizeof(path), "/proc/%d/stat", pid);
	n = fd_read_file(AT_FDCWD, path, text, sizeof(text));
	if (n < 0)
		return n == -ENOENT ? -ESRCH : (int)n;
	p = strrchr(text, ')'); /* the name may hold anything, brackets too */
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (!p)
		return -EBADMSG;
	*ret = strtoull(p + 1, NULL, 10);
	return 0;
}

int proc_pidfd(int pid)
{
	int fd = (int)pidfd_open(pid, 0);

	if (fd >= 0)
		return fd;
	/* Of a thread that is no process: EINVAL, and ENOENT since Linux 6.9. */
	return errno == EINVAL || errno == ENOENT ? -ESRCH : -errno;
}

uint64_t proc_now(void)
{
	const uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK);
	struct timespec ts;

	(void)clock_gettime(CLOCK_BOOTTIME, &ts); /* cannot fail with this clock */
	return (uint64_t)ts.tv_sec * hz + (uint64_t)ts.tv_nsec * hz / 1000000000u;
}

int proc_namespaces(int pid, struct ns_inodes *ret)
{
	NSI_AUTO_FD int dir = -EBADF;
	char path[32];

	text_fmt(path, sizeof(path), "/proc/%d/ns", pid);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	return ns_inodes_read(dir, ret);
}

int proc_open(int pid, uint64_t start, uint32_t types, const struct ns_inodes *ns)
{
	NSI_AUTO_FD int pidfd = proc_pidfd(pid);
	struct ns_inodes now;
	uint64_t started;
	int r;

	if (pidfd < 0)
		return pidfd;
	/* The pidfd was opened first: a read by number now concerns that process, or fails. */
	r = proc_start_time(pid, &started);
	if (r < 0 || started != start)
		return r < 0 ? r : -ESRCH;
	r = proc_namespaces(pid, &now);
	if (r < 0)
		return r;
	for (int type = 0; type < NS_TYPE_MAX; type++)
		if ((types & ns_bit(type)) && now.ino[type] != ns->ino[type])
			return -ESRCH;
	return nsi_take_fd(&pidfd);
}

int proc_path_beside(const char *name, char *buf, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", buf, size - 1);
	char *slash;

	buf[n < 0 ? 0 : n] = '\0';
	slash = strrchr(buf, '/'); /* behind it may stand " (deleted)": proc_pid_exe(5) */
	if (!slash)
		return n < 0 ? -errno : -ENOENT;
	return text_copy(slash + 1, size - (size_t)(slash + 1 - buf), name);
}

int proc_boot_id(char buf[PROC_BOOT_ID_SIZE])
{
	ssize_t n =
		fd_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", buf, PROC_BOOT_ID_SIZE);

	if (n < 0)
		return (int)n;
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}
