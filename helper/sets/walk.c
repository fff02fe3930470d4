/* SPDX-License-Identifier: MIT */
/* The state of a walk over /proc for users of directories on disk */
#include "sets/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/mountinfo.h"
#include "base/path.h"
#include "sets/foreign.h"
#include "sets/members.h"

void walk_fail(struct walk *w)
{
	w->is_broken = true;
}

bool walk_has_number(const struct walk_numbers *n, uint64_t number)
{
	for (unsigned i = 0; i < n->count; i++)
		if (n->all[i] == number)
			return true;
	return false;
}

static int walk_compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

bool walk_has_sorted(const uint64_t *all, unsigned count, uint64_t number)
{
	return count && bsearch(&number, all, count, sizeof(number), walk_compare);
}

void walk_add_number(struct walk *w, struct walk_numbers *n, uint64_t number)
{
	if (n->count == n->room) {
		const unsigned room = n->room ? n->room * 2 : 64;
		uint64_t *all = realloc(n->all, room * sizeof(*all));

		if (!all) {
			walk_fail(w);
			return;
		}
		n->all = all;
		n->room = room;
	}
	n->all[n->count++] = number;
}

struct walk_user *walk_find_user(struct walk *w, uint32_t uid)
{
	struct walk_user *users;

	for (unsigned i = 0; i < w->user_count; i++)
		if (w->users[i].uid == uid)
			return &w->users[i];
	users = realloc(w->users, (w->user_count + 1) * sizeof(*users));
	if (!users) {
		walk_fail(w);
		return NULL;
	}
	w->users = users;
	users[w->user_count] = (struct walk_user){.uid = uid};
	return &users[w->user_count++];
}

void walk_leave_out(struct walk *w, uint32_t uid)
{
	for (unsigned i = 0; i < w->count; i++)
		if (w->targets[i].wants_disk && foreign_is_users(&w->targets[i], uid))
			w->targets[i].is_partial = true;
}

void walk_hit(struct walk *w, unsigned target)
{
	struct members_target *t = &w->targets[target];

	if (t->members == 0)
		t->member_pid = w->pid;
	t->members++;
}

bool walk_is_done(const struct walk *w)
{
	for (unsigned i = 0; i < w->count; i++)
		if (w->targets[i].wants_disk && w->targets[i].members == 0)
			return false;
	return true;
}

uint32_t walk_read_uid(int proc)
{
	char text[4096];
	const char *line;
	unsigned uid = 0;

	if (fd_read_file(proc, "status", text, sizeof(text)) < 0)
		return 0;
	line = strstr(text, "\nUid:");
	return line && sscanf(line, " Uid: %u", &uid) == 1 ? uid : 0;
}

/* Whether an error says that nothing has the path: not in a directory, or not without a link or a mount on the way. */
static bool walk_is_elsewhere(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ELOOP || r == -EXDEV || r == -ENAMETOOLONG;
}

/* Whether one of the names of the file on the way to @path leads to it below @dir, or it cannot be told. */
static bool walk_is_below(const struct walk_dir *dir, const char *path, const struct statx *stx)
{
	/* The mount point is not part of the path below the directory: it is left out first. */
	for (unsigned i = 0; i < DISK_LEVELS && *path; i++) {
		NSI_AUTO_FD int fd = -EBADF;
		struct stat st;

		path += strspn(path, "/");
		fd = *path ? path_open(dir->fd, path, O_PATH, PATH_XDEV_NO) : -ENOENT;
		if (fd < 0 && !walk_is_elsewhere(fd))
			return true;
		if (fd >= 0 && (fstat(fd, &st) < 0 ||
				(st.st_ino == stx->stx_ino &&
				 st.st_dev == makedev(stx->stx_dev_major, stx->stx_dev_minor))))
			return true;
		path += strcspn(path, "/");
	}
	return false;
}

static bool walk_is_outside(const struct walk *w, uint64_t dev, uint64_t ino, const char *path)
{
	for (unsigned i = 0; i < w->outside_count && i < WALK_OUTSIDE; i++)
		if (w->outside[i].ino == ino && w->outside[i].dev == dev &&
		    strcmp(w->outside[i].path, path) == 0)
			return true;
	return false;
}

/* Remembers a file that is outside; without memory it is judged again when it is met again. */
static void walk_add_outside(struct walk *w, uint64_t dev, uint64_t ino, const char *path)
{
	struct walk_file *file = &w->outside[w->outside_count % WALK_OUTSIDE];
	char *copy = strdup(path);

	if (!copy)
		return;
	if (w->outside_count++ >= WALK_OUTSIDE)
		free(file->path);
	*file = (struct walk_file){dev, ino, copy};
}

/*
 * Judges the file at @path in the mount namespace of who has it open.  Most processes have the same few files
 * open, programs and /dev/null: each is looked for once by the same path.
 */
static void walk_judge_file(struct walk *w, const char *path, const struct statx *stx)
{
	const uint64_t dev = makedev(stx->stx_dev_major, stx->stx_dev_minor);
	bool is_outside = true;

	if (walk_is_outside(w, dev, stx->stx_ino, path))
		return;
	for (unsigned i = 0; i < w->dir_count; i++)
		if ((stx->stx_ino == w->dirs[i].ino && dev == w->dev) ||
		    walk_is_below(&w->dirs[i], path, stx)) {
			walk_hit(w, w->dirs[i].target);
			is_outside = false;
		}
	if (is_outside)
		walk_add_outside(w, dev, stx->stx_ino, path);
}

/* A file that is open through a mount that is not the host's, by its link @name in a folder of /proc. */
static int walk_judge(struct walk *w, int at, const char *name, const struct statx *stx)
{
	char path[PATH_MAX];
	ssize_t n = readlinkat(at, name, path, sizeof(path) - 1);

	if (n <= 0)
		return n < 0 ? -errno : 0;
	/* It is a pipe, a socket or the like: no file of that file system has a path. */
	if (path[0] != '/') {
		if (stx->stx_dev_major == 0)
			walk_add_number(w, &w->pathless,
					makedev(stx->stx_dev_major, stx->stx_dev_minor));
		return 0;
	}
	path[n] = '\0';
	walk_judge_file(w, path, stx);
	return 0;
}

int walk_look_link(struct walk *w, int at, const char *name, uint64_t *ret_ns)
{
	struct statx stx;
	uint64_t dev;

	if (statx(at, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		  STATX_TYPE | STATX_INO | STATX_NLINK | STATX_MNT_ID, &stx) < 0)
		return -errno;
	dev = makedev(stx.stx_dev_major, stx.stx_dev_minor);
	if (dev == w->ns_dev && ret_ns)
		*ret_ns = stx.stx_ino;
	if (dev == w->ns_dev || (dev != w->dev && !w->has_many_dev) ||
	    walk_has_number(&w->pathless, dev))
		return 0;
	/* A file without a name is deleted already. */
	if (stx.stx_nlink > 0 &&
	    !walk_has_sorted(w->host_mounts.all, w->host_mounts.count, stx.stx_mnt_id))
		return walk_judge(w, at, name, &stx);
	return 0;
}

/* Opens the private directories of a target. */
static void walk_open_target(struct walk *w, int state, unsigned target)
{
	NSI_AUTO_DIR DIR *list = path_list(state, w->targets[target].disk);
	struct dirent *e;

	if (!list) {
		if (errno != ENOENT)
			walk_fail(w);
		return;
	}
	while (errno = 0, (e = readdir(list)) != NULL) {
		struct walk_dir *dirs;
		struct stat st;
		int fd;

		if (e->d_name[0] == '.')
			continue;
		fd = path_open(dirfd(list), e->d_name, O_PATH | O_DIRECTORY, PATH_XDEV_NO);
		dirs = realloc(w->dirs, (w->dir_count + 1) * sizeof(*dirs));
		if (dirs)
			w->dirs = dirs;
		if (fd < 0 || !dirs || fstat(fd, &st) < 0) {
			walk_fail(w);
			nsi_closep(&fd);
			return;
		}
		dirs[w->dir_count++] = (struct walk_dir){target, fd, st.st_ino};
	}
	if (errno)
		walk_fail(w);
}

/* Files of these have other device numbers than the directory above them. */
static bool walk_has_many_dev(int state)
{
	struct statfs fs;

	/* The type is signed on i386, where btrfs's number does not fit. */
	return fstatfs(state, &fs) < 0 || fs.f_type == OVERLAYFS_SUPER_MAGIC ||
	       (uint32_t)fs.f_type == BTRFS_SUPER_MAGIC;
}

static void walk_read_host_mounts(struct walk *w)
{
	struct mountinfo_table table = {0};
	struct mountinfo line;
	int r = mountinfo_open(&table, 0);

	while (r >= 0 && (r = mountinfo_next(&table, &line)) > 0)
		walk_add_number(w, &w->host_mounts, strtoull(line.id, NULL, 10));
	if (r < 0)
		walk_fail(w);
	members_sort(w->host_mounts.all, w->host_mounts.count);
	mountinfo_done(&table);
}

void walk_begin(struct walk *w, const char *statedir)
{
	struct nsi_fail f = {""};
	NSI_AUTO_FD int state =
		path_open_trusted(statedir, O_PATH | O_DIRECTORY, PATH_ROOT_OWNED, &f);
	struct stat st;

	if (state < 0 || fstat(state, &st) < 0 || disk_find_place(statedir, &w->place) < 0) {
		walk_fail(w);
		return;
	}
	w->dev = st.st_dev;
	w->has_many_dev = walk_has_many_dev(state);
	if (stat("/proc/self/ns/mnt", &st) < 0) {
		walk_fail(w);
		return;
	}
	w->ns_dev = st.st_dev;
	walk_read_host_mounts(w);
	for (unsigned i = 0; i < w->count; i++)
		if (w->targets[i].wants_disk)
			walk_open_target(w, state, i);
}
