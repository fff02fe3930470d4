/* SPDX-License-Identifier: MIT */
#include "login/workdir.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"

static int workdir_stat(int fd, struct statx *ret)
{
	*ret = (struct statx){0};
	return statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_INO | STATX_MNT_ID, ret) < 0
		       ? -errno
		       : 0;
}

uint64_t workdir_device(const struct statx *st)
{
	return (uint64_t)st->stx_dev_major << 32 | st->stx_dev_minor;
}

static void workdir_note(struct workdir *w, const struct statx *st)
{
	w->device = workdir_device(st);
	w->inode = st->stx_ino;
	w->mount = st->stx_mask & STATX_MNT_ID ? st->stx_mnt_id : 0;
}

void workdir_look(struct workdir *ret)
{
	struct statx st;

	/* The kernel's own answer starts with "(unreachable)" for a directory that is nowhere. */
	if (syscall(SYS_getcwd, ret->path, sizeof(ret->path)) < 0 || ret->path[0] != '/')
		ret->path[0] = '\0';
	ret->device = ret->inode = ret->mount = 0;
	if (workdir_stat(AT_FDCWD, &st) == 0)
		workdir_note(ret, &st);
}

void workdir_look_at(const char *path, struct workdir *ret)
{
	NSI_AUTO_FD int fd = -EBADF;
	struct statx st;

	ret->path[0] = '\0';
	ret->device = ret->inode = ret->mount = 0;
	if (path[0] != '/' || strlen(path) >= sizeof(ret->path))
		return;
	fd = path_open(AT_FDCWD, path, O_PATH | O_DIRECTORY, PATH_ANY);
	if (fd < 0 || workdir_stat(fd, &st) < 0)
		return;
	memcpy(ret->path, path, strlen(path) + 1);
	workdir_note(ret, &st);
}

void workdir_prepare(const struct workdir_rules *rules, bool is_last_chance,
		     struct workdir_way *ret)
{
	*ret = WORKDIR_WAY_NONE;
	if (rules->may_keep)
		ret->kept = cwd_open();
	if (is_last_chance)
		ret->empty = cwd_make_empty();
}

void workdir_way_done(struct workdir_way *way)
{
	nsi_closep(&way->kept);
	nsi_closep(&way->empty);
}

/* Is it the one that was left? */
static bool workdir_is(const struct workdir *w, const struct statx *st)
{
	return w->inode != 0 && w->inode == st->stx_ino && w->device == workdir_device(st);
}

/*
 * Does it stand for the one that was left?  What the view has put on a path does: a
 * mount of that very path, or an overlay, which has all that is below it.  A directory that
 * happens to have the same name does not.
 */
static bool workdir_stands_for(int fd, const struct statx *st)
{
	struct statfs fs;
	struct statx root;

	if ((st->stx_attributes_mask & st->stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0)
		return true;
	if (fstatfs(fd, &fs) < 0 || fs.f_type != OVERLAYFS_SUPER_MAGIC)
		return false;
	root = (struct statx){0};
	return statx(AT_FDCWD, "/", 0, STATX_INO, &root) == 0 &&
	       workdir_device(&root) != workdir_device(st);
}

/* Opens @w by its path, or what stands for it if that will do.  A descriptor or -errno. */
static int workdir_open(const struct workdir *w, bool may_be_private)
{
	NSI_AUTO_FD int fd = -EBADF;
	struct statx st;
	int r;

	if (w->path[0] == '\0')
		return -ENOENT;
	fd = path_open(AT_FDCWD, w->path, O_PATH | O_DIRECTORY, PATH_ANY);
	r = fd < 0 ? fd : workdir_stat(fd, &st);
	if (r < 0)
		return r;
	if (!workdir_is(w, &st) && !(may_be_private && workdir_stands_for(fd, &st)))
		return -ENOENT;
	return nsi_take_fd(&fd);
}

bool workdir_is_there(const struct workdir *w)
{
	NSI_AUTO_FD int fd = workdir_open(w, true);

	return fd >= 0;
}

static int workdir_go_by_path(const struct workdir *w, bool may_be_private)
{
	NSI_AUTO_FD int fd = workdir_open(w, may_be_private);

	return fd < 0 ? fd : fchdir(fd) < 0 ? -errno : 0;
}

/* Whether @from is the root that the kernel has put the process on, as it nearly always is. */
static bool workdir_is_here(const struct workdir *from)
{
	struct statx st;

	return strcmp(from->path, "/") == 0 && workdir_stat(AT_FDCWD, &st) == 0 &&
	       workdir_is(from, &st);
}

/* All ways but the last.  An enum workdir_result, or -errno. */
static int workdir_try(const struct workdir *from, const struct workdir_rules *rules,
		       const struct workdir_way *way)
{
	int r = workdir_go_by_path(from, false);

	if (r < 0 && rules->origin)
		r = workdir_go_by_path(rules->origin, false);
	if (r >= 0)
		return WORKDIR_SAME;
	if (way->kept >= 0)
		return fchdir(way->kept) < 0 ? -errno : WORKDIR_KEPT;
	if (rules->may_be_private && workdir_go_by_path(from, true) >= 0)
		return WORKDIR_PRIVATE;
	return r;
}

/*
 * The same with the file system's ids of the one who stood there: root of a client is
 * nobody on a server with root_squash (exports(5)), and may not even enter.
 */
static int workdir_try_as(uid_t caller, const struct workdir *from,
			  const struct workdir_rules *rules, const struct workdir_way *way)
{
	uid_t before = (uid_t)setfsuid(caller);
	int r = workdir_try(from, rules, way);

	(void)setfsuid(before); /* back to what the process had: cannot fail (setfsuid(2)) */
	return r;
}

int workdir_go(const struct workdir *from, const struct workdir_rules *rules,
	       struct workdir_way *way, struct nsi_fail *f)
{
	int r;

	if (workdir_is_here(from))
		return WORKDIR_SAME;
	r = workdir_try(from, rules, way);
	if (r < 0 && rules->caller != 0 && rules->caller != (uid_t)-1)
		r = workdir_try_as(rules->caller, from, rules, way);
	if (r >= 0)
		return r;
	if (way->empty < 0)
		way->empty = cwd_make_empty();
	if (way->empty < 0 || fchdir(way->empty) < 0)
		return fail_errno(f, way->empty < 0 ? way->empty : errno,
				  "the working directory is not there, and an empty one cannot be "
				  "made in its place");
	return WORKDIR_EMPTY;
}
