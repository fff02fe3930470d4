/* SPDX-License-Identifier: MIT */
#include "sets/mount_list.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/mountinfo.h"
#include "ns/ns.h"

/* Of linux/mount.h since 6.8, which Debian 12 does not have. */
#ifndef SYS_statmount
#define SYS_statmount 457
#define SYS_listmount 458
#endif

enum {
	MOUNTS_BATCH = 512
};

static const uint64_t mounts_sb_basic = 1;           /* STATMOUNT_SB_BASIC */
static const uint64_t mounts_mnt_root = 8;           /* STATMOUNT_MNT_ROOT */
static const uint64_t mounts_list_root = UINT64_MAX; /* LSMT_ROOT */

/* struct mnt_id_req of linux/mount.h, MNT_ID_REQ_SIZE_VER1. */
struct mounts_request {
	uint32_t size;
	uint32_t spare;
	uint64_t mount;
	uint64_t param;
	uint64_t ns;
};

/* struct statmount of linux/mount.h, with room for its texts. */
struct mounts_answer {
	uint32_t size;
	uint32_t options;
	uint64_t mask;
	uint32_t dev_major, dev_minor;
	uint64_t numbers[10]; /* that are not asked for */
	uint32_t root;        /* offset in text[] */
	uint32_t point;
	uint64_t rest[50];
	char text[PATH_MAX + 1];
};

static_assert(offsetof(struct mounts_answer, root) == 104, "as in linux/mount.h");
static_assert(offsetof(struct mounts_answer, text) == 512, "as in linux/mount.h");

/* Reads one mount.  Returns 0, or -errno: it may be gone, or its path may be too long for anything. */
static int mounts_read(uint64_t ns, uint64_t mount, struct mounts_answer *buf,
		       struct mounts_one *ret)
{
	const struct mounts_request request = {
		.size = sizeof(request),
		.mount = mount,
		.param = mounts_sb_basic | mounts_mnt_root,
		.ns = ns,
	};

	if (syscall(SYS_statmount, &request, buf, sizeof(*buf), 0) < 0)
		return -errno;
	if ((buf->mask & request.param) != request.param || buf->root >= sizeof(buf->text))
		return -EOVERFLOW;
	*ret = (struct mounts_one){makedev(buf->dev_major, buf->dev_minor), buf->text + buf->root};
	return 0;
}

/* Whether -errno @r says that a mount is gone, lies outside of its namespace's root, or has too long a path. */
static bool mounts_is_passed_over(int r)
{
	return r == -ENOENT || r == -EPERM || r == -EOVERFLOW || r == -ENAMETOOLONG;
}

int mounts_each(int fd, unsigned most, bool (*each)(void *arg, const struct mounts_one *m),
		void *arg)
{
	struct mounts_request request = {.size = sizeof(request), .mount = mounts_list_root};
	uint64_t mounts[MOUNTS_BATCH];
	struct mounts_answer answer;
	struct mounts_one one;
	int r = ns_mnt_id_of(fd, &request.ns);

	if (r < 0)
		return r;
	for (unsigned seen = 0; seen < most; seen += MOUNTS_BATCH) {
		long n = syscall(SYS_listmount, &request, mounts, MOUNTS_BATCH, 0);

		if (n < 0)
			return errno == ENOSYS ? -EOPNOTSUPP : -errno;
		for (long i = 0; i < n; i++) {
			r = mounts_read(request.ns, mounts[i], &answer, &one);
			if (r < 0 && !mounts_is_passed_over(r))
				return r;
			if (r == 0 && each(arg, &one))
				return 1;
		}
		if (n < MOUNTS_BATCH)
			return 0;
		request.param = mounts[n - 1];
	}
	return -E2BIG;
}

int mounts_each_seen(int pid, unsigned most, bool (*each)(void *arg, const struct mounts_one *m),
		     void *arg)
{
	struct mountinfo_table table;
	struct mountinfo line;
	unsigned ids[2];
	int r = mountinfo_open(&table, pid);

	if (r < 0)
		return r;
	for (unsigned seen = 0; (r = mountinfo_next(&table, &line)) > 0; seen++) {
		if (seen == most) {
			r = -E2BIG;
			break;
		}
		if (sscanf(line.device, "%u:%u", &ids[0], &ids[1]) != 2)
			continue;
		if (each(arg, &(struct mounts_one){makedev(ids[0], ids[1]), line.root})) {
			r = 1;
			break;
		}
	}
	mountinfo_done(&table);
	return r;
}
