/* SPDX-License-Identifier: MIT */
/* The walk over /proc for users of directories on disk */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/mountinfo.h"
#include "base/path.h"
#include "base/text.h"
#include "sets/disk.h"
#include "sets/foreign.h"
#include "sets/members.h"
#include "sets/mounts.h"

enum {
	WALK_CLOCK_EVERY = 64 /* processes */
};

/* A private directory of a target, as the host sees it. */
struct walk_dir {
	unsigned target;
	int fd; /* owned, until the process ends */
	uint64_t ino;
};

/* The part of the bounds that a user has used up. */
struct walk_user {
	uint32_t uid;
	unsigned namespaces, descriptors;
};

/* An array of numbers that grows. */
struct walk_numbers {
	uint64_t *all; /* owned, until the process ends */
	unsigned count, room;
};

struct walk {
	struct members_target *targets;
	unsigned count;
	const struct members_known *known; /* mount namespaces that have no such mount */
	struct disk_place place;
	uint64_t dev;      /* st_dev of the statedir */
	bool has_many_dev; /* files of its file system have others, too */
	uint64_t ns_dev;   /* st_dev of namespaces */
	struct walk_dir *dirs;
	unsigned dir_count;
	struct walk_numbers host_mounts; /* sorted */
	struct walk_numbers seen;        /* inodes of mount namespaces that have been looked at */
	struct walk_user *users;
	unsigned user_count;
	uint64_t deadline_us;
	int pid;        /* of the process that is looked at */
	bool is_broken; /* no memory, or no time: nothing is known of the rest */
};

static void walk_fail(struct walk *w)
{
	w->is_broken = true;
}

static bool walk_has_number(const struct walk_numbers *n, uint64_t number)
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

/* @all: sorted. */
static bool walk_has_sorted(const uint64_t *all, unsigned count, uint64_t number)
{
	return count && bsearch(&number, all, count, sizeof(number), walk_compare);
}

static void walk_add_number(struct walk *w, struct walk_numbers *n, uint64_t number)
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

/* The account of @uid, or NULL without memory. */
static struct walk_user *walk_find_user(struct walk *w, uint32_t uid)
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

/* Something of @uid is not looked at, which keeps the sets of that user. */
static void walk_leave_out(struct walk *w, uint32_t uid)
{
	for (unsigned i = 0; i < w->count; i++)
		if (w->targets[i].wants_disk && foreign_is_users(&w->targets[i], uid))
			w->targets[i].is_partial = true;
}

static void walk_hit(struct walk *w, unsigned target)
{
	struct members_target *t = &w->targets[target];

	if (t->members == 0)
		t->member_pid = w->pid;
	t->members++;
}

/* Whether a user is known of each target: the rest of /proc tells no more. */
static bool walk_is_done(const struct walk *w)
{
	for (unsigned i = 0; i < w->count; i++)
		if (w->targets[i].wants_disk && w->targets[i].members == 0)
			return false;
	return true;
}

/*
 * The real uid of the process, which a program with privileges keeps.  0, root's, if it cannot be
 * read: it has ended.
 */
static uint32_t walk_read_uid(int proc)
{
	char text[4096];
	const char *line;
	unsigned uid = 0;

	if (fd_read_file(proc, "status", text, sizeof(text)) < 0)
		return 0;
	line = strstr(text, "\nUid:");
	return line && sscanf(line, " Uid: %u", &uid) == 1 ? uid : 0;
}

/* Whether one of the names of the file on the way to @path leads to it below @dir. */
static bool walk_is_below(const struct walk_dir *dir, const char *path, const struct statx *stx)
{
	/* What was the mount point is not part of the path below the directory: it is left out first. */
	for (unsigned i = 0; i < DISK_LEVELS && *path; i++) {
		NSI_AUTO_FD int fd = -EBADF;
		struct stat st;

		path += strspn(path, "/");
		fd = *path ? path_open(dir->fd, path, O_PATH, PATH_XDEV_NO) : -ENOENT;
		if (fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == stx->stx_ino &&
		    st.st_dev == makedev(stx->stx_dev_major, stx->stx_dev_minor))
			return true;
		path += strcspn(path, "/");
	}
	return false;
}

/* A file that is open through a mount that is not the host's, by its link @name in a folder of /proc. */
static void walk_judge(struct walk *w, int at, const char *name, const struct statx *stx)
{
	char path[PATH_MAX];
	ssize_t n = readlinkat(at, name, path, sizeof(path) - 1);

	if (n <= 0 || path[0] != '/')
		return; /* it has no path, or is closed */
	path[n] = '\0';
	for (unsigned i = 0; i < w->dir_count; i++)
		if ((stx->stx_ino == w->dirs[i].ino &&
		     makedev(stx->stx_dev_major, stx->stx_dev_minor) == w->dev) ||
		    walk_is_below(&w->dirs[i], path, stx))
			walk_hit(w, w->dirs[i].target);
}

/*
 * Nothing here waits for a file system that does not answer: attributes are those that the kernel has.
 * Returns 0, or -errno if there is no such link, or it may not be followed.
 */
static int walk_look_link(struct walk *w, int at, const char *name, uint64_t *ret_ns)
{
	struct statx stx;
	uint64_t dev;

	if (statx(at, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		  STATX_TYPE | STATX_INO | STATX_NLINK | STATX_MNT_ID, &stx) < 0)
		return -errno;
	dev = makedev(stx.stx_dev_major, stx.stx_dev_minor);
	if (dev == w->ns_dev && ret_ns)
		*ret_ns = stx.stx_ino;
	if (dev == w->ns_dev || (dev != w->dev && !w->has_many_dev))
		return 0;
	/* A file without a name is deleted already. */
	if (stx.stx_nlink > 0 &&
	    !walk_has_sorted(w->host_mounts.all, w->host_mounts.count, stx.stx_mnt_id))
		walk_judge(w, at, name, &stx);
	return 0;
}

static bool walk_on_mount(void *arg, const struct mounts_one *m)
{
	struct walk *w = arg;

	for (unsigned i = 0; i < w->count; i++)
		if (w->targets[i].wants_disk && disk_is_below(&w->place, w->targets[i].disk, m))
			walk_hit(w, i);
	return walk_is_done(w);
}

/* The mount namespace with the inode @ino, which the link @name below @at leads to. */
static void walk_look_namespace(struct walk *w, int at, const char *name, uint64_t ino)
{
	NSI_AUTO_FD int fd = -EBADF;
	struct walk_user *user = NULL;
	uint32_t uid;
	int r;

	if (walk_has_sorted(w->known->mnt, w->known->count, ino) || walk_has_number(&w->seen, ino))
		return;
	walk_add_number(w, &w->seen, ino);
	fd = openat(at, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNS)
		return;
	if (foreign_owner(fd, &uid) == 0) {
		user = walk_find_user(w, uid);
		if (!user || user->namespaces++ >= DISK_NAMESPACES) {
			walk_leave_out(w, uid);
			return;
		}
	}
	r = mounts_each(fd, MEMBERS_MOUNTS_MAX, walk_on_mount, w);
	if (r == -EOPNOTSUPP &&
	    strcmp(name, "mnt") == 0) /* else it is not the namespace of w->pid */
		r = mounts_each_seen(w->pid, MEMBERS_MOUNTS_MAX, walk_on_mount, w);
	if (r < 0 && r != -ENOENT && r != -ESRCH && user)
		walk_leave_out(w, uid);
}

/* The descriptors of a thread, @dir being its folder in /proc. */
static void walk_look_files(struct walk *w, int proc, int dir)
{
	int fd = openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_DIR DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct walk_user *user = NULL;
	unsigned seen = 0;
	struct dirent *e;

	if (!list) {
		if (errno != ENOENT && errno != ESRCH)
			walk_leave_out(w, walk_read_uid(proc));
		nsi_closep(&fd);
		return;
	}
	while ((e = readdir(list)) != NULL && !w->is_broken) {
		uint64_t ns = 0;

		if (e->d_name[0] == '.')
			continue;
		if (++seen > DISK_FREE && !user)
			user = walk_find_user(w, walk_read_uid(proc));
		if (user && user->descriptors++ >= DISK_DESCRIPTORS) {
			walk_leave_out(w, user->uid);
			return;
		}
		(void)walk_look_link(w, dirfd(list), e->d_name, &ns); /* it may be closed by now */
		if (ns)
			walk_look_namespace(w, dirfd(list), e->d_name, ns);
	}
}

/* @dir is the folder of a thread; @files and @fs: it has a table or directories of its own. */
static void walk_look_thread(struct walk *w, int proc, int dir, bool files, bool fs)
{
	NSI_AUTO_FD int ns_dir = openat(dir, "ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int r = 0;

	if (ns_dir >= 0 && fstatat(ns_dir, "mnt", &st, 0) == 0)
		walk_look_namespace(w, ns_dir, "mnt", st.st_ino);
	if (fs) {
		(void)walk_look_link(w, dir, "cwd", NULL);
		(void)walk_look_link(w, dir, "exe", NULL); /* a thread of the kernel has none */
		r = walk_look_link(w, dir, "root", NULL);
	}
	if (r == -EACCES || r == -EPERM)
		walk_leave_out(w, walk_read_uid(proc));
	if (files)
		walk_look_files(w, proc, dir);
}

/* Whether two threads have something of their own each; where the kernel has no kcmp(2), they may. */
static bool walk_differ(int a, int b, int type)
{
	return a == 0 || syscall(SYS_kcmp, a, b, type, 0, 0) != 0;
}

static void walk_look_threads(struct walk *w, int proc)
{
	int fd = openat(proc, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_DIR DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int before = 0;
	struct dirent *e;

	if (!dir) {
		nsi_closep(&fd);
		return; /* it has ended */
	}
	while ((e = readdir(dir)) != NULL && !w->is_broken) {
		NSI_AUTO_FD int thread = -EBADF;
		uint64_t tid;

		if (text_u64(e->d_name, INT32_MAX, &tid) < 0)
			continue;
		thread = openat(dirfd(dir), e->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (thread < 0)
			continue;
		walk_look_thread(w, proc, thread, walk_differ(before, (int)tid, KCMP_FILES),
				 walk_differ(before, (int)tid, KCMP_FS));
		before = (int)tid;
	}
}

static void walk_look_process(struct walk *w, int pid)
{
	NSI_AUTO_FD int proc = -EBADF;
	struct stat st;
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d", pid);
	proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0 || fstatat(proc, "task", &st, 0) < 0)
		return;
	w->pid = pid;
	if (st.st_nlink == 3) /* "task" has one entry: it has one thread */
		walk_look_thread(w, proc, proc, true, true);
	else
		walk_look_threads(w, proc);
}

/* Opens the private directories of a target. */
static void walk_open_target(struct walk *w, int state, unsigned target)
{
	NSI_AUTO_DIR DIR *list = path_list(state, w->targets[target].disk);
	struct dirent *e;

	while (list && (e = readdir(list)) != NULL) {
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
}

/* Files of these have other device numbers than the directory above them. */
static bool walk_has_many_dev(int state)
{
	struct statfs fs;

	return fstatfs(state, &fs) < 0 || fs.f_type == OVERLAYFS_SUPER_MAGIC ||
	       fs.f_type == BTRFS_SUPER_MAGIC;
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

static void walk_begin(struct walk *w, const char *statedir)
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
	if (stat("/proc/self/ns/mnt", &st) == 0)
		w->ns_dev = st.st_dev;
	walk_read_host_mounts(w);
	for (unsigned i = 0; i < w->count; i++)
		if (w->targets[i].wants_disk)
			walk_open_target(w, state, i);
}

static void walk_all(struct walk *w)
{
	NSI_AUTO_DIR DIR *proc = opendir("/proc");
	const struct dirent *e;
	unsigned seen = 0;

	if (!proc)
		walk_fail(w);
	while (proc && !w->is_broken && !walk_is_done(w) && (e = readdir(proc)) != NULL) {
		uint64_t pid;

		if (text_u64(e->d_name, INT32_MAX, &pid) < 0)
			continue;
		if (seen++ % WALK_CLOCK_EVERY == 0 && clock_now_us() > w->deadline_us)
			walk_fail(w);
		else
			walk_look_process(w, (int)pid);
	}
}

void disk_look(struct members_target *targets, unsigned count, const struct members_known *known,
	       uint64_t deadline_us)
{
	struct walk w = {
		.targets = targets, .count = count, .known = known, .deadline_us = deadline_us};

	walk_begin(&w, targets[0].statedir);
	/* Who was found last time is likely to be there: then that is all. */
	for (unsigned i = 0; i < count && !w.is_broken; i++)
		if (targets[i].wants_disk && targets[i].rec->end.holder)
			walk_look_process(&w, targets[i].rec->end.holder);
	if (w.dir_count > 0)
		walk_all(&w);
	for (unsigned i = 0; i < count; i++)
		if (targets[i].wants_disk)
			targets[i].is_partial |= w.is_broken;
}
