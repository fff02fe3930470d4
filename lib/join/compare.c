/* SPDX-License-Identifier: MIT */
/* Facts from the kernel that the two sides compare */
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "join/page.h"

/* Of Linux 6.8; the headers of Debian 12 have neither.  The numbers are the same on every architecture. */
#ifndef SYS_listmount
#define SYS_listmount 458
#endif

/* struct mnt_id_req of linux/mount.h (Linux 6.11), and its name for the root of a namespace. */
struct join_request {
	uint32_t size, spare;
	uint64_t mnt_id, param, mnt_ns_id;
};

static const uint64_t join_all_mounts = UINT64_MAX; /* LSMT_ROOT */

enum {
	JOIN_PIDFS = 0x50494446 /* PID_FS_MAGIC of linux/magic.h (Linux 6.9) */
};

void join_file_look(const char *path, struct join_file *ret)
{
	struct stat st;

	memset(ret, 0, sizeof(*ret));                        /* the rows are compared whole */
	(void)text_copy(ret->path, sizeof(ret->path), path); /* the helper has seen to the room */
	if (lstat(path, &st) < 0)
		return;
	ret->dev = st.st_dev;
	ret->ino = st.st_ino;
	ret->size = (uint64_t)st.st_size;
	ret->mtime_s = (uint64_t)st.st_mtim.tv_sec;
	ret->mtime_ns = (uint64_t)st.st_mtim.tv_nsec;
	ret->ctime_s = (uint64_t)st.st_ctim.tv_sec;
	ret->ctime_ns = (uint64_t)st.st_ctim.tv_nsec;
	ret->mode = st.st_mode;
	ret->uid = st.st_uid;
}

uint64_t join_mounts(uint64_t mnt_id)
{
	const struct join_request request = {sizeof(request), 0, join_all_mounts, 0, mnt_id};
	uint64_t mounts[JOIN_MOUNTS];
	long n = syscall(SYS_listmount, &request, mounts, JOIN_MOUNTS, 0);
	uint64_t hash = HASH_START;

	if (n <= 0 || n >= JOIN_MOUNTS)
		return 0;
	for (long i = 0; i < n; i++) /* a step of FNV-1a for each whole id: there are many */
		hash = (hash ^ mounts[i]) * UINT64_C(0x100000001b3);
	return hash ? hash : 1;
}

uint64_t join_pidfd_ino(int pidfd)
{
	struct statfs fs;
	struct stat st;

	if (sizeof(st.st_ino) < sizeof(uint64_t) || fstatfs(pidfd, &fs) < 0 ||
	    fs.f_type != JOIN_PIDFS || fstat(pidfd, &st) < 0)
		return 0;
	return st.st_ino;
}
