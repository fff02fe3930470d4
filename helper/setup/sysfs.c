/* SPDX-License-Identifier: MIT */
/* A /sys that shows the network of its set */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/mountinfo.h"
#include "base/path.h"
#include "base/text.h"
#include "mnt/mnt.h"
#include "setup/sysfs.h"

enum {
	SUBMOUNTS = 64,
	PLACE = 256,
};

/* The mounts below /sys, such as /sys/fs/cgroup, which are to be there again. */
struct submount {
	char place[PLACE]; /* below /sys, without the leading "/" */
	int tree;          /* a detached copy with all that is mounted in it */
};

static bool sysfs_is_below(const char *place, const struct submount *mounts, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		size_t n = strlen(mounts[i].place);

		if (strncmp(place, mounts[i].place, n) == 0 && (place[n] == '/' || !place[n]))
			return true;
	}
	return false;
}

/* The mounts directly in sysfs, in the order of the table.  Returns how many, or -errno. */
static int sysfs_find(int pid, struct submount mounts[SUBMOUNTS])
{
	NSI_CLEANUP(mountinfo_done) struct mountinfo_table table = {0};
	struct mountinfo m;
	unsigned count = 0;
	int r = mountinfo_open(&table, pid);

	if (r < 0)
		return r;
	while (count < SUBMOUNTS && (r = mountinfo_next(&table, &m)) > 0) {
		if (strncmp(m.point, "/sys/", 5) != 0 ||
		    sysfs_is_below(m.point + 5, mounts, count) ||
		    text_copy(mounts[count].place, PLACE, m.point + 5) < 0)
			continue;
		mounts[count++].tree = -EBADF;
	}
	return r < 0 ? r : (int)count;
}

static int sysfs_take(int sys, struct submount *mounts, unsigned count, struct nsi_fail *f)
{
	for (unsigned i = 0; i < count; i++) {
		mounts[i].tree = open_tree(sys, mounts[i].place,
					   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE |
						   AT_SYMLINK_NOFOLLOW);
		/* A mount that a later one hides, or that is gone by now, is not needed. */
		if (mounts[i].tree < 0 && errno != ENOENT && errno != EINVAL)
			return fail_errno(f, errno, "cannot copy the mount /sys/%s",
					  mounts[i].place);
	}
	return 0;
}

static int sysfs_put(int sys, struct submount *mounts, unsigned count, struct nsi_fail *f)
{
	int r = 0;

	for (unsigned i = 0; i < count; i++) {
		NSI_AUTO_FD int target = -EBADF;

		if (r == 0 && mounts[i].tree >= 0) {
			target = path_open(sys, mounts[i].place, O_PATH, PATH_ANY);
			/* Some places are the host's network's alone. */
			r = target == -ENOENT ? 0
			    : target < 0      ? target
					      : mnt_attach(mounts[i].tree, target, f);
		}
		nsi_closep(&mounts[i].tree);
	}
	return r < 0 ? fail_errno(f, r, "cannot put back what is mounted below /sys") : 0;
}

int setup_sysfs(int pid, struct nsi_fail *f)
{
	NSI_AUTO_FD int old = path_open(AT_FDCWD, "/sys", O_PATH | O_DIRECTORY, PATH_ANY);
	NSI_AUTO_FD int fresh = -EBADF;
	uint32_t attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	struct submount mounts[SUBMOUNTS];
	struct statvfs st;
	int count, r;

	if (old < 0) /* no /sys: nothing of the host's is seen there */
		return old == -ENOENT ? 0 : fail_errno(f, old, "cannot open /sys");
	if (fstatvfs(old, &st) == 0 && (st.f_flag & ST_RDONLY))
		attrs |= MOUNT_ATTR_RDONLY;
	fresh = mnt_new_fs("sysfs", attrs, NULL, 0, f);
	if (fresh < 0)
		return fresh;
	count = sysfs_find(pid, mounts);
	if (count < 0)
		return fail_errno(f, count, "cannot list what is mounted below /sys");
	r = sysfs_take(old, mounts, (unsigned)count, f);
	if (r == 0)
		r = mnt_attach(fresh, old, f);
	/* If not, the process ends, and the copies with it. */
	return r < 0 ? r : sysfs_put(fresh, mounts, (unsigned)count, f);
}
