/* SPDX-License-Identifier: MIT */
#include "sets/foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sets/members.h"

/* Of linux/nsfs.h and linux/mount.h since 6.11, which Debian 12 does not have. */
#ifndef NS_GET_MNTNS_ID
#define NS_GET_MNTNS_ID _IOR(0xb7, 0x5, uint64_t)
#endif
#ifndef SYS_statmount
#define SYS_statmount 457
#define SYS_listmount 458
#endif

enum {
	FOREIGN_BATCH = 512,
	FOREIGN_ROOT_LEVELS = 33, /* of user namespaces, as many as there can be */
};

static const uint64_t foreign_sb_basic = 1;           /* STATMOUNT_SB_BASIC */
static const uint64_t foreign_list_root = UINT64_MAX; /* LSMT_ROOT */

/* struct mnt_id_req of linux/mount.h, MNT_ID_REQ_SIZE_VER1. */
struct foreign_request {
	uint32_t size;
	uint32_t spare;
	uint64_t mount;
	uint64_t param;
	uint64_t ns;
};

/* The beginning of struct statmount: all that is asked for. */
struct foreign_mount {
	uint32_t size;
	uint32_t options;
	uint64_t mask;
	uint32_t dev_major, dev_minor;
	uint64_t rest[64];
};

void foreign_init(struct foreign *f, struct members_target *targets, unsigned count)
{
	f->targets = targets;
	f->count = count;
	f->is_partial = false;
	for (unsigned i = 0; i < FOREIGN_CACHE; i++)
		f->cache[i].mnt = 0, f->cache[i].pin = -EBADF;
}

void foreign_done(struct foreign *f)
{
	for (unsigned i = 0; i < FOREIGN_CACHE; i++)
		nsi_closep(&f->cache[i].pin);
}

/*
 * The uid of who made the outermost user namespace below the host's that owns the mount
 * namespace @fd.  -ENOENT for one of the host's user namespace, which only root makes.
 */
static int foreign_owner(int fd, uint32_t *ret)
{
	NSI_AUTO_FD int user = ioctl(fd, NS_GET_USERNS);
	bool found = false;

	for (int i = 0; i < FOREIGN_ROOT_LEVELS && user >= 0; i++) {
		int above = ioctl(user, NS_GET_PARENT);
		uid_t uid;

		if (above < 0) /* EPERM: this is the helper's own */
			break;
		if (ioctl(user, NS_GET_OWNER_UID, &uid) < 0) {
			nsi_closep(&above);
			return -errno;
		}
		*ret = uid;
		found = true;
		nsi_closep(&user);
		user = above;
	}
	return found ? 0 : -ENOENT;
}

static bool foreign_is_users(const struct members_target *t, uint32_t uid)
{
	for (unsigned i = 0; i < t->user_count; i++)
		if (t->users[i] == uid)
			return true;
	return false;
}

static bool foreign_has_dev(const struct members_target *t, uint64_t dev)
{
	for (unsigned i = 0; i < t->dev_count; i++)
		if (t->devs[i] == dev)
			return true;
	return false;
}

/* The candidate among whose file systems that of a mount is; -1: none. */
static int foreign_find_mount(const struct foreign *f, uint32_t uid, uint64_t ns, uint64_t mount)
{
	const struct foreign_request request = {sizeof(request), 0, mount, foreign_sb_basic, ns};
	struct foreign_mount m;

	if (syscall(SYS_statmount, &request, &m, sizeof(m), 0) < 0)
		return -1; /* it is gone */
	for (unsigned i = 0; i < f->count; i++)
		if (foreign_is_users(&f->targets[i], uid) &&
		    foreign_has_dev(&f->targets[i], makedev(m.dev_major, m.dev_minor)))
			return (int)i;
	return -1;
}

/*
 * Lists the oldest mounts of a namespace: those that were copied when it was made are among
 * them, whatever its owner has mounted since.
 */
static int foreign_search(struct foreign *f, uint32_t uid, uint64_t ns)
{
	struct foreign_request request = {sizeof(request), 0, foreign_list_root, 0, ns};
	uint64_t mounts[FOREIGN_BATCH];

	for (unsigned seen = 0; seen < MEMBERS_MOUNTS_MAX; seen += FOREIGN_BATCH) {
		long n = syscall(SYS_listmount, &request, mounts, FOREIGN_BATCH, 0);

		if (n < 0)
			f->is_partial = true;
		for (long i = 0; i < n; i++) {
			int target = foreign_find_mount(f, uid, ns, mounts[i]);

			if (target >= 0)
				return target;
		}
		if (n < FOREIGN_BATCH)
			return -1;
		request.param = mounts[n - 1];
	}
	f->is_partial = true;
	return -1;
}

/* Whether there is a target that has this user, and whose bound is not reached. */
static bool foreign_is_wanted(struct foreign *f, uint32_t uid)
{
	bool wanted = false;

	for (unsigned i = 0; i < f->count; i++) {
		struct members_target *t = &f->targets[i];

		if (!foreign_is_users(t, uid))
			continue;
		if (t->foreign++ < MEMBERS_FOREIGN_MAX)
			wanted = true;
		else
			f->is_partial = true;
	}
	return wanted;
}

/* *ret_pin: the namespace itself, if it is a target's. */
static int foreign_judge(struct foreign *f, int ns_dir, uint64_t mnt, int *ret_pin)
{
	NSI_AUTO_FD int fd = openat(ns_dir, "mnt", O_RDONLY | O_CLOEXEC);
	struct stat st;
	int target;
	uint32_t uid = 0;
	uint64_t ns;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_ino != mnt)
		return -1; /* it has gone elsewhere */
	if (foreign_owner(fd, &uid) < 0 || !foreign_is_wanted(f, uid))
		return -1;
	if (ioctl(fd, NS_GET_MNTNS_ID, &ns) < 0) {
		f->is_partial = true;
		return -1;
	}
	target = foreign_search(f, uid, ns);
	if (target >= 0)
		*ret_pin = nsi_take_fd(&fd);
	return target;
}

int foreign_find(struct foreign *f, int ns_dir, uint64_t mnt)
{
	const unsigned at = (unsigned)(mnt % FOREIGN_CACHE);

	if (f->cache[at].mnt != mnt) {
		nsi_closep(&f->cache[at].pin);
		f->cache[at].target = foreign_judge(f, ns_dir, mnt, &f->cache[at].pin);
		f->cache[at].mnt = mnt;
	}
	return f->cache[at].target;
}
