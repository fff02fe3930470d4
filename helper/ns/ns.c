/* SPDX-License-Identifier: MIT */
/* Namespaces of single types: time, IPC and its sysctls; and why one cannot be had */
#include "ns/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/nstype.h"
#include "base/path.h"
#include "base/text.h"
#include "log/log.h"
#include "priv/child.h"
#include "priv/priv.h"

#ifndef NS_GET_MNTNS_ID /* of linux/nsfs.h since 6.11, which Debian 12 does not have */
#define NS_GET_MNTNS_ID _IOR(0xb7, 0x5, uint64_t)
#endif

/* "/proc/sys/user/max_net_namespaces, ...": where an administrator can give more of them. */
static const char *ns_name_limits(uint32_t types, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (int type = 0; type < NS_TYPE_MAX && used < size; type++)
		if (types & ns_bit(type))
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
						 ns_types[type].sysctl);
	return buf;
}

int ns_explain(int err, uint32_t types, struct nsi_fail *f)
{
	char list[64], limits[160];

	(void)ns_types_format(types, list, sizeof(list));
	switch (err < 0 ? -err : err) {
	case ENOSPC:
		return fail_set(f, err,
				"a limit of namespaces is reached (%s): see %s in "
				"/proc/sys/user%s%s",
				list, ns_name_limits(types, limits, sizeof(limits)),
				types & ns_bit(NS_MNT) ? ", and /proc/sys/fs/mount-max" : "",
				types & (ns_bit(NS_PID) | ns_bit(NS_USER))
					? "; \"pid\" and \"user\" nest 32 deep at most"
					: "");
	case EAGAIN:
		return fail_set(f, err,
				"a limit of processes is reached: see pids.max of the helper's "
				"cgroup, RLIMIT_NPROC and /proc/sys/kernel/pid_max");
	case EINVAL:
		return fail_set(f, err, "this kernel lacks one of the namespaces %s", list);
	default:
		return fail_errno(f, err, "cannot make namespaces (%s)", list);
	}
}

static int ns_write_offsets(const struct ns_clocks *clocks, struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	char text[96];
	int n = snprintf(text, sizeof(text), "monotonic %" PRId64 " 0\nboottime %" PRId64 " 0\n",
			 clocks->monotonic, clocks->boottime);

	if (fd < 0)
		return fail_errno(f, errno, "cannot open /proc/self/timens_offsets");
	/* The kernel takes all lines in one call, or none. */
	if (write(fd, text, (size_t)n) == n)
		return 0;
	if (errno == ERANGE)
		return fail_set(f, ERANGE,
				"'clock' would set a clock to before the start of the machine, or "
				"more than 146 years ahead");
	return fail_errno(f, errno, "cannot set the clocks of the time namespace");
}

int ns_enter_time(const struct ns_clocks *clocks, struct nsi_fail *f)
{
	const int flag = ns_types[NS_TIME].flag;
	NSI_AUTO_FD int fd = -EBADF;

	if (unshare(flag) < 0)
		return ns_explain(errno, ns_bit(NS_TIME), f);
	if (clocks->boottime != 0 || clocks->monotonic != 0) {
		int r = ns_write_offsets(clocks, f);

		if (r < 0)
			return r;
	}
	fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, flag) < 0)
		return fail_errno(f, errno, "cannot enter the new time namespace");
	return 0;
}

int ns_set_sysctl(const char *text, struct nsi_fail *f)
{
	const size_t len = strcspn(text, "=");
	NSI_AUTO_FD int fd = -EBADF;
	char path[96];
	ssize_t size;

	text_fmt(path, sizeof(path), "/proc/sys/%.*s", (int)len, text);
	for (char *p = path; *p; p++)
		*p = *p == '.' ? '/' : *p;
	fd = path_open(AT_FDCWD, path, O_WRONLY, PATH_ANY);
	if (fd < 0)
		return fail_errno(f, fd, "cannot open %s", path);
	size = (ssize_t)strlen(text + len + 1);
	if (write(fd, text + len + 1, (size_t)size) != size)
		return fail_errno(f, errno, "cannot set %s", text);
	return 0;
}

/* The lines of a table of /proc/sysvipc behind its heading (sysvipc(7)). */
static int ns_count_lines(const char *path, unsigned *ret)
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
	int r = ns_count_lines("/proc/sysvipc/msg", &ret->queues);

	if (r < 0)
		return r;
	r = ns_count_lines("/proc/sysvipc/sem", &ret->semaphores);
	return r < 0 ? r : ns_count_lines("/proc/sysvipc/shm", &ret->segments);
}

enum {
	HANDLE_TYPE = 241, /* FILEID_NSFS of linux/exportfs.h */
	HANDLE_ROOM = 128
};

/* struct nsfs_file_handle of linux/nsfs.h, which Debian 12 does not have. */
struct ns_handle {
	uint64_t id;
	uint32_t type; /* CLONE_NEW* */
	uint32_t ino;
};

union ns_file_handle {
	struct file_handle head;
	char room[sizeof(struct file_handle) + HANDLE_ROOM];
};

int ns_handle_read_at(int dirfd, const char *path, uint64_t *ret_id)
{
	union ns_file_handle file = {.head = {.handle_bytes = HANDLE_ROOM}};
	struct ns_handle handle;
	int mount;

	if (name_to_handle_at(dirfd, path, &file.head, &mount, AT_SYMLINK_FOLLOW) < 0)
		return -errno;
	if (file.head.handle_type != HANDLE_TYPE || file.head.handle_bytes != sizeof(handle))
		return -EOPNOTSUPP;
	memcpy(&handle, file.head.f_handle, sizeof(handle));
	*ret_id = handle.id;
	return 0;
}

int ns_handle_read(int pid, enum nstype type, uint64_t *ret_id)
{
	char path[64];

	text_fmt(path, sizeof(path), "/proc/%d/ns/%s", pid, ns_types[type].proc);
	return ns_handle_read_at(AT_FDCWD, path, ret_id);
}

int ns_mnt_id_of(int fd, uint64_t *ret_id)
{
	if (ioctl(fd, NS_GET_MNTNS_ID, ret_id) == 0)
		return 0;
	return errno == ENOTTY || errno == EINVAL ? -EOPNOTSUPP : -errno;
}

int ns_mnt_id_read_at(int dirfd, const char *path, uint64_t *ret_id)
{
	NSI_AUTO_FD int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : ns_mnt_id_of(fd, ret_id);
}

int ns_mnt_id_read(int pid, uint64_t *ret_id)
{
	char path[64];

	text_fmt(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	return ns_mnt_id_read_at(AT_FDCWD, path, ret_id);
}

int ns_handle_open(uint64_t id, enum nstype type, uint64_t ino)
{
	const struct ns_handle handle = {id, (uint32_t)ns_types[type].flag, (uint32_t)ino};
	NSI_AUTO_FD int nsfs = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	union ns_file_handle file = {
		.head = {.handle_bytes = sizeof(handle), .handle_type = HANDLE_TYPE}};
	int fd;

	if (nsfs < 0)
		return -errno;
	memcpy(file.head.f_handle, &handle, sizeof(handle));
	fd = open_by_handle_at(nsfs, &file.head, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Returns 0 or -errno. */
static int ns_try(enum nstype type)
{
	NSI_AUTO_FD int pidfd = -EBADF;
	siginfo_t info;
	pid_t pid;

	priv_raise();
	pid = child_fork((uint64_t)ns_clone_flags(ns_bit(type)), &pidfd);
	if (pid == 0)
		_exit(0);
	priv_lower();
	if (pid < 0)
		return (int)pid;
	(void)waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED); /* ours, and ending */
	return 0;
}

uint32_t ns_full(uint32_t types)
{
	uint32_t full = 0;

	for (int type = 0; type < NS_TYPE_MAX; type++)
		if ((types & ns_bit(type)) && ns_try(type) == -ENOSPC)
			full |= ns_bit(type);
	return full ? full : types; /* there is room again, or never was any for all of them */
}

/* Whether -errno @r of clone(2) says that this type cannot be had: a limit, a kernel without it, or a security module. */
static bool ns_is_refused(int r)
{
	return r == -ENOSPC || r == -EUSERS || r == -EINVAL || r == -EPERM || r == -EACCES;
}

uint32_t ns_missing(uint32_t types, uint64_t set)
{
	uint32_t missing = 0;

	for (int type = 0; type < NS_TYPE_MAX; type++) {
		int r = types & ns_bit(type) ? ns_try(type) : 0;

		if (!ns_is_refused(r)) /* else it is no matter of this namespace */
			continue;
		log_line(LOG_WARNING,
			 "set %" PRIu64
			 " is built without a namespace \"%s\", as on_error allows: the "
			 "kernel refuses it (%s); see /proc/sys/user/%s",
			 set, ns_types[type].word, strerrordesc_np(-r), ns_types[type].sysctl);
		missing |= ns_bit(type);
	}
	return missing;
}
