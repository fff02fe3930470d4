/* SPDX-License-Identifier: MIT */
/* How does a set get a /sys that shows its own network? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "build/sysfs.h"
#include "mnt/mnt.h"

enum {
	SUBMOUNTS = 64,
	PLACE = 256,
};

/* What is mounted somewhere below /sys, such as /sys/fs/cgroup, and is to be there again. */
struct submount {
	char place[PLACE]; /* below /sys, without the leading "/" */
	int tree;          /* a detached copy with all that is mounted in it */
};

static bool is_below(const char *place, const struct submount *mounts, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		size_t n = strlen(mounts[i].place);

		if (strncmp(place, mounts[i].place, n) == 0 && (place[n] == '/' || !place[n]))
			return true;
	}
	return false;
}

/* The mounts directly in sysfs, in the order of the table; a mount comes behind what it lies in. */
static int find(int pid, struct submount mounts[SUBMOUNTS])
{
	NSI_AUTO_FILE FILE *table = NULL;
	NSI_AUTO_FREE char *line = NULL;
	unsigned count = 0;
	size_t room = 0;
	char path[48];

	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	table = fopen(path, "re");
	if (!table)
		return -errno;
	while (count < SUBMOUNTS && getline(&line, &room, table) > 0) {
		char place[PLACE + 8];

		if (sscanf(line, "%*s %*s %*s %*s %263s", place) != 1 ||
		    strncmp(place, "/sys/", 5) != 0 || strlen(place + 5) >= PLACE ||
		    is_below(place + 5, mounts, count))
			continue;
		(void)snprintf(mounts[count].place, PLACE, "%s", place + 5);
		mounts[count++].tree = -EBADF;
	}
	return (int)count;
}

static int take(int sys, struct submount *mounts, unsigned count, struct nsi_fail *f)
{
	for (unsigned i = 0; i < count; i++) {
		mounts[i].tree = open_tree(sys, mounts[i].place,
					   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE |
						   AT_SYMLINK_NOFOLLOW);
		/* One that a later mount hides, or that is gone by now, nobody misses. */
		if (mounts[i].tree < 0 && errno != ENOENT && errno != EINVAL)
			return fail_errno(f, errno, "cannot copy the mount /sys/%s",
					  mounts[i].place);
	}
	return 0;
}

static int put(int sys, struct submount *mounts, unsigned count, struct nsi_fail *f)
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

int build_sysfs(int pid, struct nsi_fail *f)
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
	count = find(pid, mounts);
	if (count < 0)
		return fail_errno(f, count, "cannot list what is mounted below /sys");
	r = take(old, mounts, (unsigned)count, f);
	if (r == 0)
		r = mnt_attach(fresh, old, f);
	/* If not, the process ends, and the copies with it. */
	return r < 0 ? r : put(fresh, mounts, (unsigned)count, f);
}
