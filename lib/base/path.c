/* SPDX-License-Identifier: MIT */
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/text.h"

/* openat2(2) answers EAGAIN when the tree moved under a guarded walk; bounded, as nothing may block for ever. */
enum {
	OPENAT2_TRIES = 128,
	MKDIR_MODES = 01777 /* mkdir(2) sets neither set-user-id nor set-group-id */
};

int path_open(int dirfd, const char *path, int flags, unsigned trust)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   ((trust & PATH_XDEV_NO) ? RESOLVE_NO_XDEV : 0) |
			   ((trust & PATH_IN_ROOT) ? RESOLVE_IN_ROOT : 0),
	};

	/* Together these two open the link itself, whatever the resolve flags are (openat2(2)). */
	if (flags & O_PATH)
		how.flags &= ~(uint64_t)O_NOFOLLOW;
	for (int i = 0; i < OPENAT2_TRIES; i++) {
		long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return -EAGAIN;
}

DIR *path_list(int dirfd, const char *name)
{
	NSI_AUTO_FD int fd =
		path_open(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
	DIR *dir;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	dir = fdopendir(fd);
	if (dir)
		(void)nsi_take_fd(&fd); /* the stream's now */
	return dir;
}

/* Why a component is not to be trusted, or NULL if it is. */
static const char *path_distrust(const struct stat *st, bool is_last, unsigned trust)
{
	bool sticky = S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX);

	if (!(trust & PATH_ROOT_OWNED))
		return NULL;
	if (st->st_uid != 0)
		return "is not owned by root";
	if (!(st->st_mode & (S_IWGRP | S_IWOTH)))
		return NULL;
	if (is_last && sticky && (trust & PATH_STICKY_OK))
		return NULL;
	if ((is_last || sticky) && (trust & PATH_MOUNT_POINT))
		return NULL;
	return "can be written by others than root";
}

static int path_check_component(int fd, const char *path, int len, bool is_last, unsigned trust,
				struct nsi_fail *f)
{
	const char *why;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_errno(f, errno, "cannot look at %.*s", len, path);
	why = path_distrust(&st, is_last, trust);
	if (why)
		return fail_set(f, EPERM, "%.*s %s", len, path, why);
	return 0;
}

int path_open_trusted(const char *path, int flags, unsigned trust, struct nsi_fail *f)
{
	NSI_AUTO_FD int at = -EBADF;
	const char *rest = path;
	int r;

	if (path[0] != '/')
		return fail_set(f, EINVAL, "%s is not an absolute path", path);
	at = path_open(AT_FDCWD, "/", O_PATH | O_DIRECTORY, trust);
	if (at < 0)
		return fail_errno(f, at, "cannot open /");
	while (*(rest += strspn(rest, "/"))) {
		size_t len = strcspn(rest, "/");
		bool is_last = rest[len + strspn(rest + len, "/")] == '\0';
		int upto = (int)(rest - path + (ptrdiff_t)len);
		char name[NAME_MAX + 1];
		int next;

		if (len > NAME_MAX)
			return fail_set(f, ENAMETOOLONG, "%s has a component that is too long",
					path);
		text_fmt(name, sizeof(name), "%.*s", (int)len, rest); /* room was checked */
		next = path_open(at, name, is_last ? flags | O_NOFOLLOW : O_PATH | O_DIRECTORY,
				 trust);
		if (next == -ELOOP)
			return fail_set(f, ELOOP, "%.*s is a symbolic link", upto, path);
		if (next < 0)
			return fail_errno(f, next, "cannot open %.*s", upto, path);
		nsi_closep(&at);
		at = next;
		r = path_check_component(at, path, upto, is_last, trust, f);
		if (r < 0)
			return r;
		rest += len;
	}
	return nsi_take_fd(&at);
}

int path_open_parent(const char *path, char above[PATH_MAX], const char **ret_name,
		     struct nsi_fail *f)
{
	char *slash;

	if (text_copy(above, PATH_MAX, path) < 0 || !(slash = strrchr(above, '/')))
		return fail_set(f, EINVAL, "%.200s is not an absolute path", path);
	*slash = '\0';
	*ret_name = slash + 1;
	return path_open_trusted(above[0] ? above : "/", O_PATH | O_DIRECTORY,
				 PATH_ROOT_OWNED | PATH_STICKY_OK, f);
}

int path_open_place(const char *path, struct nsi_fail *f)
{
	char above[PATH_MAX];
	const char *name;
	NSI_AUTO_FD int parent = path_open_parent(path, above, &name, f);
	int fd;

	if (parent < 0 || !name[0])
		return nsi_take_fd(&parent);
	fd = path_open(parent, name, O_PATH, PATH_ANY);
	return fd < 0 ? fail_errno(f, fd, "cannot open %.200s", path) : fd;
}

static int path_make_one_dir(int dirfd, const char *name, mode_t mode, unsigned trust,
			     struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = -EBADF;
	struct stat st;
	/* As far as mkdir(2) can, in one step with its final mode: a crash must not leave a directory half set up. */
	bool is_new = mkdirat(dirfd, name, mode) == 0;

	if (!is_new && errno != EEXIST)
		return fail_errno(f, errno, "cannot make the directory %s", name);
	fd = path_open(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, trust);
	if (fd < 0)
		return fail_errno(f, fd, "%s is not a directory to be trusted", name);
	if (is_new && (mode & ~MKDIR_MODES) && fchmod(fd, mode) < 0)
		return fail_errno(f, errno, "cannot set the mode of the directory %s", name);
	if (fstat(fd, &st) < 0)
		return fail_errno(f, errno, "cannot look at the directory %s", name);
	if (st.st_uid != 0 || st.st_gid != 0 || (st.st_mode & 07777) != mode)
		return fail_set(f, EPERM, "the directory %s is not root's with mode %04o", name,
				mode);
	return nsi_take_fd(&fd);
}

int path_make_dir(int dirfd, const char *name, mode_t mode, struct nsi_fail *f)
{
	return path_make_one_dir(dirfd, name, mode, PATH_XDEV_NO, f);
}

int path_make_trusted_dir(const char *path, mode_t mode, struct nsi_fail *f)
{
	NSI_AUTO_FD int parent = -EBADF;
	char above[PATH_MAX];
	const char *name;

	parent = path_open_parent(path, above, &name, f);
	if (parent < 0)
		return parent;
	if (!name[0])
		return fail_set(f, EINVAL, "%s is not an absolute path of a directory", path);
	/* An administrator may well have a file system mounted there. */
	return path_make_one_dir(parent, path + (name - above), mode, PATH_ANY, f);
}

/* Creates a new file, in place of one that a crash has left.  Returns a descriptor or -errno. */
static int path_open_new(int dirfd, const char *name)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dirfd, name, flags, 0600);

	if (fd < 0 && errno == EEXIST) {
		if (unlinkat(dirfd, name, 0) < 0 && errno != ENOENT)
			return -errno;
		fd = openat(dirfd, name, flags, 0600);
	}
	return fd < 0 ? -errno : fd;
}

int path_create_file(int dirfd, const char *name, mode_t mode, const void *data, size_t size)
{
	int fd = path_open_new(dirfd, name), r;

	if (fd < 0)
		return fd;
	r = fd_write_all(fd, data, size);
	if (r == 0 && fchmod(fd, mode) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno; /* NFS and quotas report here */
	if (r < 0)
		(void)unlinkat(dirfd, name, 0); /* the error at hand says more */
	return r;
}

int path_write_file(int dirfd, const char *name, mode_t mode, const void *data, size_t size)
{
	char temp[NAME_MAX + 1];
	int n = snprintf(temp, sizeof(temp), ".%s.new", name);
	int r;

	if (n < 0 || (size_t)n >= sizeof(temp))
		return -ENAMETOOLONG;
	r = path_create_file(dirfd, temp, mode, data, size);
	if (r < 0)
		return r;
	if (renameat(dirfd, temp, dirfd, name) < 0) {
		r = -errno;
		(void)unlinkat(dirfd, temp, 0);
	}
	return r;
}

/* path_write_file() names what it writes ".NAME.new" until it is whole. */
static bool path_is_unfinished(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && name[0] == '.' && strcmp(name + len - 4, ".new") == 0;
}

void path_tidy(int dir_fd)
{
	NSI_AUTO_DIR DIR *dir = path_list(dir_fd, ".");
	struct dirent *e;

	if (!dir || flock(dirfd(dir), LOCK_EX | LOCK_NB) < 0)
		return;
	while ((e = readdir(dir)) != NULL)
		if (path_is_unfinished(e->d_name))
			(void)unlinkat(dir_fd, e->d_name, 0); /* nobody reads it if it stays */
}

int cwd_open(void)
{
	int fd = open_tree(AT_FDCWD, "", AT_EMPTY_PATH | OPEN_TREE_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int path_configure(int fs)
{
	/* The source is what findmnt(8) shows. */
	if (fsconfig(fs, FSCONFIG_SET_STRING, "source", "nsisolate", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0555", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "nr_inodes", "1", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	return 0;
}

int cwd_make_empty(void)
{
	const unsigned attrs =
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	NSI_AUTO_FD int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	int r = fs < 0 ? -errno : path_configure(fs);

	if (r < 0)
		return r;
	r = fsmount(fs, FSMOUNT_CLOEXEC, attrs);
	return r < 0 ? -errno : r;
}
