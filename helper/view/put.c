/* SPDX-License-Identifier: MIT */
#include "view/put.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "base/text.h"
#include "mnt/mnt.h"
#include "net/net.h"
#include "uts/uts.h"
#include "view/cover.h"

#define COVER_NOTHING "nothing" /* the empty file that hides one */

enum {
	NOTHING_INODES = 2 /* of the empty tmpfs that hides a directory */
};

/* <rundir>/etc/<set>, opened in whatever mount namespace this is. */
static int put_open_files(const struct cover_set *set, struct nsi_fail *f)
{
	char path[PATH_MAX];

	text_fmt(path, sizeof(path), "%s/etc/%" PRIu64, set->rundir, set->id);
	return path_open_trusted(path, O_PATH | O_DIRECTORY, PATH_ROOT_OWNED, f);
}

/* The file below <rundir>/etc/<set> that @row shows, or NULL for one that shows another. */
static const char *put_file_name(const struct cover_row *row)
{
	if (row->type == COVER_FILE) /* or an absolute path, of /etc/netns */
		return cover_source(row)[0] == '/' ? NULL : cover_source(row);
	return row->type == COVER_HIDDEN ? COVER_NOTHING : NULL;
}

static int put_open_source(const struct cover_set *set, const struct cover_row *row,
			   struct nsi_fail *f)
{
	const char *name = put_file_name(row);
	NSI_AUTO_FD int dir = -EBADF;
	int fd;

	if (!name)
		return path_open_place(cover_source(row), f);
	dir = put_open_files(set, f);
	if (dir < 0)
		return dir;
	fd = path_open(dir, name, O_PATH, PATH_XDEV_NO);
	return fd < 0 ? fail_errno(f, fd, "cannot open the session's file %s", name) : fd;
}

void cover_find_source(const struct cover_set *set, const struct cover_row *row,
		       struct cover_source *ret)
{
	NSI_AUTO_FD int fd = -EBADF;
	struct nsi_fail ignored = {""};
	struct stat st;

	*ret = (struct cover_source){.err = ENODATA};
	if (!put_file_name(row) && row->type != COVER_FILE && row->type != COVER_BIND &&
	    row->type != COVER_KEPT)
		return;
	fd = put_open_source(set, row, &ignored);
	if (fd < 0 || fstat(fd, &st) < 0) {
		ret->err = fd < 0 ? -fd : errno;
		return;
	}
	if (row->type == COVER_KEPT && !kept_is_trusted(&st, cover_users(row)))
		ret->err = EPERM;
	else
		*ret = (struct cover_source){.dev = st.st_dev, .ino = st.st_ino};
}

/* The host's file has changed: the set's is the same with its own lines. */
static int put_refresh(const struct cover_set *set, const struct cover_row *row, struct nsi_fail *f)
{
	static const struct net_config with_hosts_servers = {.mode = NET_BRIDGE};
	NSI_AUTO_FD int dir = -EBADF;
	int r;

	if (row->type != COVER_FILE || !(row->flags & COVER_FOLLOWS))
		return 0;
	dir = put_open_files(set, f);
	if (dir < 0)
		return dir;
	if (strcmp(cover_source(row), "hosts") != 0) { /* resolv.conf */
		r = resolv_write(&with_hosts_servers, dir, f);
		return r < 0 ? r : 0;
	}
	r = uts_write_hosts(dir, set->hostname, f);
	return r == UTS_WITHOUT_HOSTS ? 0 : r; /* then the one of before */
}

static int put_make_nothing(const struct cover_set *set, struct nsi_fail *f)
{
	NSI_AUTO_FD int dir = put_open_files(set, f);
	int r;

	if (dir < 0)
		return dir;
	r = faccessat(dir, COVER_NOTHING, F_OK, 0) < 0 && errno == ENOENT
		    ? path_write_file(dir, COVER_NOTHING, 0444, "", 0)
		    : 0;
	return r < 0 ? fail_errno(f, r, "cannot make an empty file") : 0;
}

int cover_take(const struct cover_set *set, const struct cover_row *row, struct nsi_fail *f)
{
	NSI_AUTO_FD int source = -EBADF;
	const uint32_t attrs = row->type == COVER_HIDDEN ? MNT_READONLY : row->attrs;
	int r;

	if (row->type != COVER_BIND && row->type != COVER_KEPT && row->type != COVER_FILE &&
	    row->type != COVER_HIDDEN && (row->type != COVER_PRIVATE || row->method != COVER_DISK))
		return -ENODATA;
	r = row->type == COVER_HIDDEN ? put_make_nothing(set, f) : put_refresh(set, row, f);
	if (r < 0)
		return r;
	source = put_open_source(set, row, f);
	if (source < 0)
		return source;
	return row->flags & COVER_RECURSIVE ? mnt_clone_tree(source, attrs, f)
					    : mnt_clone(source, attrs, f);
}

static bool put_is(int place, const struct cover_source *source)
{
	struct stat st;

	return source->err == 0 && fstat(place, &st) == 0 && st.st_dev == source->dev &&
	       st.st_ino == source->ino;
}

/* An empty tmpfs as cover_put() makes it; or the empty file. */
static bool put_is_hidden(int place, const struct cover_source *nothing)
{
	struct statfs fs;
	struct stat st;

	if (fstat(place, &st) < 0 || mnt_is_root(place) <= 0)
		return false;
	if (!S_ISDIR(st.st_mode))
		return put_is(place, nothing);
	return fstatfs(place, &fs) == 0 && fs.f_type == TMPFS_MAGIC &&
	       fs.f_files == NOTHING_INODES && (fs.f_flags & ST_RDONLY) &&
	       (st.st_mode & 07777) == 0555;
}

static bool put_is_private(const struct cover_set *set, const struct cover_row *row, int place)
{
	struct stat st;

	return row->dir < set->dir_count && fstat(place, &st) == 0 &&
	       st.st_dev == set->dev[row->dir] && mnt_is_root(place) > 0;
}

static bool put_is_overlay(int place)
{
	struct statfs fs;

	return fstatfs(place, &fs) == 0 && fs.f_type == OVERLAYFS_SUPER_MAGIC &&
	       mnt_is_root(place) > 0;
}

static bool put_is_readonly(int place)
{
	struct statfs fs;

	return fstatfs(place, &fs) == 0 && (fs.f_flags & ST_RDONLY);
}

static bool put_holds(const struct cover_set *set, const struct cover_row *row,
		      const struct cover_source *source, int place)
{
	switch (row->type) {
	case COVER_PRIVATE:
		return put_is_private(set, row, place);
	case COVER_REMOVED:
		return mnt_is_root(place) == 0;
	case COVER_READONLY:
		return put_is_readonly(place);
	case COVER_HOME:
		return put_is_overlay(place);
	case COVER_HIDDEN:
		return put_is_hidden(place, source);
	case COVER_BIND: /* its source may be gone: then the present mount stays */
		return source->err ? mnt_is_root(place) > 0 : put_is(place, source);
	default:
		return put_is(place, source);
	}
}

static int put_open_place(const struct cover_row *row, struct nsi_fail *f)
{
	switch (row->type) {
	case COVER_PRIVATE:
		return mnt_open_target(cover_path(row), f);
	case COVER_FILE:
	case COVER_HIDDEN:
		return mnt_open_entry(cover_path(row), f);
	default:
		return path_open_place(cover_path(row), f);
	}
}

enum cover_state cover_check(const struct cover_set *set, const struct cover_row *row,
			     const struct cover_source *source, struct nsi_fail *f)
{
	NSI_AUTO_FD int place = -EBADF;

	/* The policy has asked for more than there was: no such file, nothing on the host to keep. */
	if ((row->type == COVER_FILE || row->type == COVER_KEPT) && source->err)
		return COVER_IN_PLACE;
	place = put_open_place(row, f);
	if (place == -ENOENT || place == -ENOTDIR)
		return row->type == COVER_KEPT ? COVER_MISSING : COVER_NO_PLACE;
	/* In a private directory its user may have put a link there, and harms nobody else by that. */
	if (place < 0)
		return row->type == COVER_KEPT ? COVER_IN_PLACE : COVER_MISSING;
	return put_holds(set, row, source, place) ? COVER_IN_PLACE : COVER_MISSING;
}

static int put_hidden(const struct cover_row *row, int nothing, struct nsi_fail *f)
{
	static const struct mnt_tmpfs empty = {
		.inodes = NOTHING_INODES, .mode = 0555, .attrs = MNT_READONLY};
	NSI_AUTO_FD int target = mnt_open_entry(cover_path(row), f);
	NSI_AUTO_FD int dir = -EBADF;
	struct stat st;

	if (target < 0)
		return target;
	if (fstat(target, &st) < 0)
		return fail_errno(f, errno, "cannot look at %.150s", cover_path(row));
	if (!S_ISDIR(st.st_mode))
		return nothing < 0 ? fail_set(f, ENOENT, "there is no empty file to hide %.150s",
					      cover_path(row))
				   : mnt_attach(nothing, target, f);
	dir = mnt_new_tmpfs(&empty, f);
	return dir < 0 ? dir : mnt_attach(dir, target, f);
}

static int put_kept(const struct cover_row *row, int mount, struct nsi_fail *f)
{
	const char *path = cover_path(row), *slash = strrchr(path, '/');
	char above[PATH_MAX];
	NSI_AUTO_FD int instance = -EBADF;
	NSI_AUTO_FD int target = -EBADF;

	text_fmt(above, sizeof(above), "%.*s", (int)(slash - path), path);
	instance = mnt_open_target(above, f);
	if (instance < 0)
		return instance;
	target = kept_make_place(mount, instance, slash + 1, f);
	/* The one of before goes first: a server that starts again makes a new socket. */
	if (target >= 0 && mnt_is_root(target) != 0) { /* or it cannot be told */
		if (mnt_remove_top(path, f) < 0)
			return -EBUSY;
		nsi_closep(&target);
		target = kept_make_place(mount, instance, slash + 1, f);
	}
	return target < 0 ? target : mnt_attach(mount, target, f);
}

/* An earlier one goes first: else each new source would be one more mount. */
static int put_bind(const struct cover_row *row, int mount, struct nsi_fail *f)
{
	NSI_AUTO_FD int target = path_open_place(cover_path(row), f);
	struct stat from, at;
	int r = 0;

	if (target >= 0 && mnt_is_root(target) != 0) { /* or it cannot be told */
		r = mnt_remove_top(cover_path(row), f);
		nsi_closep(&target);
		target = r < 0 ? r : path_open_place(cover_path(row), f);
	}
	if (target < 0)
		return target;
	if (fstat(mount, &from) < 0 || fstat(target, &at) < 0)
		return fail_errno(f, errno, "cannot look at %.150s", cover_path(row));
	if (S_ISDIR(from.st_mode) != S_ISDIR(at.st_mode))
		return fail_set(f, ENOTDIR,
				"cannot bind to %.150s: one is a directory, the other is not",
				cover_path(row));
	if ((row->flags & COVER_STRICT) &&
	    (from.st_uid != 0 || (from.st_mode & (S_IWGRP | S_IWOTH))))
		return fail_set(
			f, EPERM,
			"cannot bind to %.150s a file that others than root can write: programs of "
			"root trust what is there",
			cover_path(row));
	return mnt_attach(mount, target, f);
}

int cover_put(const struct cover_row *row, int mount, struct nsi_fail *f)
{
	NSI_AUTO_FD int target = -EBADF;

	switch (row->type) {
	case COVER_PRIVATE:
		return cover_put_private(row, mount, f);
	case COVER_REMOVED:
		return mnt_remove(cover_path(row), f);
	case COVER_READONLY:
		return mnt_make_readonly(cover_path(row), f);
	case COVER_HIDDEN:
		return put_hidden(row, mount, f);
	default:
		break;
	}
	if (row->type == COVER_HOME)
		return cover_put_home(row, mount, f);
	if (mount < 0)
		return fail_set(f, ENOENT, "the source of %.150s is gone", cover_path(row));
	if (row->type == COVER_KEPT)
		return put_kept(row, mount, f);
	if (row->type == COVER_BIND)
		return put_bind(row, mount, f);
	target = put_open_place(row, f);
	return target < 0 ? target : mnt_attach(mount, target, f);
}

void cover_note_device(const struct cover_row *row, uint64_t *dev, unsigned count)
{
	struct nsi_fail ignored = {""};
	NSI_AUTO_FD int place = put_open_place(row, &ignored);
	struct stat st;

	if (row->dir < count && place >= 0 && fstat(place, &st) == 0)
		dev[row->dir] = st.st_dev;
}
