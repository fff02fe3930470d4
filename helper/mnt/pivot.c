/* SPDX-License-Identifier: MIT */
/* The change of the root directory, by pivot_root(2) */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "base/text.h"
#include "mnt/mnt.h"

int mnt_pivot(int root, struct nsi_fail *f)
{
	/* pivot_root(2), "pivot_root(".", ".")": the old root comes on top of the new one, and goes. */
	if (fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return fail_errno(f, errno, "cannot make another directory the root");
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return fail_errno(f, errno, "cannot leave the old root");
	return 0;
}

/* A tmpfs on what holds @name, which cannot be written: there is room for it then. */
static int pivot_cover_parent(int parent, struct nsi_fail *f)
{
	static const struct mnt_tmpfs options = {
		.inodes = 64,
		.mode = 0755,
		.attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	};
	NSI_AUTO_FD int mount = mnt_new_tmpfs(&options, f);
	int r = mount < 0 ? mount : mnt_attach(mount, parent, f);

	return r < 0 ? r : nsi_take_fd(&mount);
}

/* Opens directory @name below *@at, or makes it. */
static int pivot_root_step(int *at, const char *name, bool is_top, bool is_file, struct nsi_fail *f)
{
	const int flags = is_file ? O_PATH : O_PATH | O_DIRECTORY;
	int fd = path_open(*at, name, flags, PATH_ANY);
	int r = 0;

	if (fd != -ENOENT)
		return fd < 0 ? fail_errno(f, fd, "cannot open %s in the other root", name) : fd;
	if (is_file)
		return fail_set(f, ENOENT, "the other root has no file %s", name);
	r = mkdirat(*at, name, 0755) < 0 ? -errno : 0;
	if (r == -EROFS && !is_top) {
		int mount = pivot_cover_parent(*at, f);

		if (mount < 0)
			return mount;
		nsi_closep(at);
		*at = mount;
		r = mkdirat(*at, name, 0755) < 0 ? -errno : 0;
	}
	fd = r < 0 ? r : path_open(*at, name, flags, PATH_ANY);
	return fd < 0 ? fail_errno(f, fd, "the other root has no directory %s", name) : fd;
}

int mnt_attach_below(int root, const char *path, int mount, struct nsi_fail *f)
{
	NSI_AUTO_FD int at = fcntl(root, F_DUPFD_CLOEXEC, 3);
	char copy[PATH_MAX];
	char *rest = copy + 1, *name;
	struct stat st;

	if (at < 0 || fstat(mount, &st) < 0 || text_copy(copy, sizeof(copy), path) < 0)
		return fail_errno(f, errno, "cannot mount %.200s in the other root", path);
	for (bool is_top = true; (name = strsep(&rest, "/")) != NULL; is_top = false) {
		int next = pivot_root_step(&at, name, is_top, !rest && !S_ISDIR(st.st_mode), f);

		if (next < 0)
			return next;
		nsi_closep(&at);
		at = next;
	}
	return mnt_attach(mount, at, f);
}
