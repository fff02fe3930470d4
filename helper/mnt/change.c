/* SPDX-License-Identifier: MIT */
/* Changes to mounts that exist already, and to the label of what they show */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "base/text.h"
#include "mnt/mnt.h"

enum {
	STACKED_MAX = 64
};

int mnt_open_entry(const char *path, struct nsi_fail *f)
{
	char above[PATH_MAX];
	const char *name;
	NSI_AUTO_FD int parent = path_open_parent(path, above, &name, f);
	int fd;

	if (parent < 0 || !name[0])
		return nsi_take_fd(&parent);
	fd = openat(parent, name,
		    O_PATH | O_NOFOLLOW | O_CLOEXEC); /* path_open() refuses every link */
	return fd < 0 ? fail_errno(f, errno, "cannot open %.200s", path) : fd;
}

int mnt_is_root(int place)
{
	struct statx st = {0};

	if (statx(place, "", AT_EMPTY_PATH, 0, &st) < 0)
		return -errno;
	return (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

uint32_t mnt_restrictions(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	return (fs.f_flags & ST_NOEXEC ? MOUNT_ATTR_NOEXEC : 0) |
	       (fs.f_flags & ST_NOSUID ? MOUNT_ATTR_NOSUID : 0) |
	       (fs.f_flags & ST_NODEV ? MOUNT_ATTR_NODEV : 0);
}

int mnt_add_attrs(int mount, uint32_t attrs, struct nsi_fail *f)
{
	struct mount_attr attr = {.attr_set = attrs};

	if (attrs && mount_setattr(mount, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return fail_errno(f, errno, "cannot set the flags of a mount");
	return 0;
}

/* Makes a directory that is no mount of its own one, by a bind mount of it on itself. */
static int mnt_open_mount(const char *path, uint32_t attrs, struct nsi_fail *f)
{
	NSI_AUTO_FD int place = path_open_place(path, f);
	NSI_AUTO_FD int mount = -EBADF;
	int r;

	if (place < 0 || mnt_is_root(place) > 0)
		return nsi_take_fd(&place);
	mount = mnt_clone_tree(place, attrs, f);
	if (mount < 0)
		return mount;
	r = mnt_attach(mount, place, f);
	return r < 0 ? r : nsi_take_fd(&mount);
}

int mnt_make_readonly(const char *path, struct nsi_fail *f)
{
	NSI_AUTO_FD int mount = mnt_open_mount(path, MOUNT_ATTR_RDONLY, f);
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	unsigned below = path[1] == '\0' ? 0 : AT_RECURSIVE;

	if (mount < 0)
		return mount;
	if (mount_setattr(mount, "", AT_EMPTY_PATH | below, &attr, sizeof(attr)) < 0)
		return fail_errno(f, errno, "cannot make %.200s read-only", path);
	return 0;
}

int mnt_set_propagation(const char *path, uint64_t propagation, struct nsi_fail *f)
{
	NSI_AUTO_FD int mount = mnt_open_mount(path, 0, f);
	struct mount_attr attr = {.propagation = propagation};

	if (mount < 0)
		return mount;
	if (mount_setattr(mount, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return fail_errno(f, errno, "cannot set the propagation of %.200s", path);
	return 0;
}

/* By directory and name, as a /proc of another PID namespace has no link to our descriptors. */
int mnt_remove_top(const char *path, struct nsi_fail *f)
{
	char above[PATH_MAX];
	const char *name;
	NSI_AUTO_FD int parent = path_open_parent(path, above, &name, f);
	int r;

	if (parent < 0)
		return parent;
	if (fchdir(parent) < 0)
		return fail_errno(f, errno, "cannot go to the directory of %.200s", path);
	r = umount2(name, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 ? -errno : 0;
	if (chdir("/") < 0)
		return fail_errno(f, errno, "cannot go to /");
	return r < 0 ? fail_errno(f, r, "cannot unmount %.200s", path) : 0;
}

int mnt_remove(const char *path, struct nsi_fail *f)
{
	for (int i = 0; i < STACKED_MAX; i++) {
		NSI_AUTO_FD int place = path_open_place(path, f);
		int r;

		if (place < 0)
			return place;
		r = mnt_is_root(place);
		if (r == 0)
			return 0;
		if (r < 0)
			return fail_errno(f, r, "cannot look at %.200s", path);
		r = mnt_remove_top(path, f);
		if (r < 0)
			return r;
	}
	return fail_set(f, E2BIG, "there are more than %d mounts at %.200s", STACKED_MAX, path);
}

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
static int mnt_cover_parent(int parent, struct nsi_fail *f)
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
static int mnt_pivot_step(int *at, const char *name, bool is_top, bool is_file, struct nsi_fail *f)
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
		int mount = mnt_cover_parent(*at, f);

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
		int next = mnt_pivot_step(&at, name, is_top, !rest && !S_ISDIR(st.st_mode), f);

		if (next < 0)
			return next;
		nsi_closep(&at);
		at = next;
	}
	return mnt_attach(mount, at, f);
}

static const char label_name[] = "security.selinux";

enum {
	LABEL_SIZE = 4096 /* of a context, which the kernel gives in a page at most */
};

int mnt_copy_label(int from, int to, struct nsi_fail *f)
{
	char wanted[LABEL_SIZE], present[LABEL_SIZE];
	ssize_t size = fgetxattr(from, label_name, wanted, sizeof(wanted));

	if (size < 0 && (errno == ENODATA || errno == EOPNOTSUPP))
		return 0;
	if (size < 0)
		return fail_errno(f, errno, "cannot read an SELinux label");
	if (fgetxattr(to, label_name, present, sizeof(present)) == size &&
	    memcmp(wanted, present, (size_t)size) == 0)
		return 0;
	if (fsetxattr(to, label_name, wanted, (size_t)size, 0) < 0 && errno != EOPNOTSUPP)
		return fail_errno(f, errno, "cannot give a directory the SELinux label %.*s",
				  (int)size, wanted);
	return 0;
}

int mnt_copy_label_of_dir(int from, int to, struct nsi_fail *f)
{
	NSI_AUTO_FD int covered = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_FD int top = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (covered < 0 || top < 0)
		return fail_errno(f, errno, "cannot open a directory for its SELinux label");
	return mnt_copy_label(covered, top, f);
}
