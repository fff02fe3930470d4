/* SPDX-License-Identifier: MIT */
/* The walk over /proc for users of directories on disk */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "sets/disk.h"
#include "sets/foreign.h"
#include "sets/members.h"
#include "sets/mount_list.h"
#include "sets/walk.h"

enum {
	WALK_CLOCK_EVERY = 64 /* processes */
};

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
