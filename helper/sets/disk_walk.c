/* SPDX-License-Identifier: MIT */
/* The walk over /proc for users of directories on disk */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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
#include "base/path.h"
#include "base/text.h"
#include "sets/disk.h"
#include "sets/foreign.h"
#include "sets/members.h"
#include "sets/mount_list.h"

enum {
	WALK_CLOCK_EVERY = 64 /* processes */
};

static const char walk_own_mnt[] = "ns/mnt"; /* below the folder of a thread */

static bool walk_on_mount(void *arg, const struct mounts_one *m)
{
	struct walk *w = arg;

	for (unsigned i = 0; i < w->count; i++)
		if (w->targets[i].wants_disk && disk_is_below(&w->place, w->targets[i].disk, m))
			walk_hit(w, i);
	return walk_is_done(w);
}

/* Whether an errno of /proc says no more than that a process has ended; 0 is none. */
static bool walk_is_gone(int err)
{
	return err == 0 || err == ENOENT || err == ESRCH;
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
	if (fd < 0) {
		if (!walk_is_gone(errno) && errno != EACCES && errno != EPERM)
			walk_fail(w);
		return;
	}
	r = ioctl(fd, NS_GET_NSTYPE);
	if (r >= 0 && r != CLONE_NEWNS)
		return;
	if (r >= 0)
		r = foreign_owner(fd, &uid);
	if (r < 0 && r != -ENOENT)
		walk_fail(w);
	if (r == 0) {
		user = walk_find_user(w, uid);
		if (!user || user->namespaces++ >= DISK_NAMESPACES) {
			walk_leave_out(w, uid);
			return;
		}
	}
	r = mounts_each(fd, MEMBERS_MOUNTS_MAX, walk_on_mount, w);
	/* By another name it is not the namespace of w->pid. */
	if (r == -EOPNOTSUPP && strcmp(name, walk_own_mnt) == 0)
		r = mounts_each_seen(w->pid, MEMBERS_MOUNTS_MAX, walk_on_mount, w);
	if (r == 0 || r == 1 || walk_is_gone(-r))
		return;
	if (user)
		walk_leave_out(w, uid);
	else if (r != -E2BIG && r != -EOPNOTSUPP) /* root's: a failure, and no bound */
		walk_fail(w);
}

static int walk_look_descriptor(struct walk *w, int dir, const char *name)
{
	uint64_t ns = 0;
	int r = walk_look_link(w, dir, name, &ns);

	if (ns)
		walk_look_namespace(w, dir, name, ns);
	return r;
}

/*
 * Looks at the descriptors of a thread by their numbers, up to the first that is not in use: most tables are
 * small and have no gaps, and reading a list costs as much as looking at two.  Linux 6.2 tells how many there are.
 * Returns true if that was all, or false with *ret_next being the first one that was not looked at.
 */
static bool walk_count_files(struct walk *w, int dir, unsigned *ret_next)
{
	struct stat st;

	*ret_next = 0;
	if (fstatat(dir, "fd", &st, 0) < 0 || st.st_size == 0 || st.st_size > DISK_FREE)
		return false;
	for (; *ret_next < (unsigned)st.st_size; ++*ret_next) {
		char name[16];
		int r;

		text_fmt(name, sizeof(name), "fd/%u", *ret_next);
		r = walk_look_descriptor(w, dir, name);
		if (r < 0)
			return false;
	}
	return true;
}

/* A use that could not be looked at, with -errno @r, is left out for the user of the process. */
static void walk_note(struct walk *w, int proc, int r)
{
	if (r < 0 && !walk_is_gone(-r))
		walk_leave_out(w, walk_read_uid(proc));
}

/* The descriptors of a thread, @dir being its folder in /proc. */
static void walk_look_files(struct walk *w, int proc, int dir)
{
	NSI_AUTO_DIR DIR *list = NULL;
	struct walk_user *user = NULL;
	unsigned seen = 0, next;
	struct dirent *e;

	if (walk_count_files(w, dir, &next))
		return;
	list = path_list(dir, "fd");
	if (!list) {
		walk_note(w, proc, -errno);
		return;
	}
	while (errno = 0, (e = readdir(list)) != NULL && !w->is_broken) {
		uint64_t number;

		if (text_u64(e->d_name, INT32_MAX, &number) < 0)
			continue;
		if (++seen > DISK_FREE && !user)
			user = walk_find_user(w, walk_read_uid(proc));
		if (user && user->descriptors++ >= DISK_DESCRIPTORS) {
			walk_leave_out(w, user->uid);
			return;
		}
		if (number >= next)
			walk_note(w, proc, walk_look_descriptor(w, dirfd(list), e->d_name));
	}
	if (!e)
		walk_note(w, proc, -errno);
}

/* Reads the inode of the mount namespace of a thread from the text of the link: following it costs twice as much. */
static int walk_read_mnt(int dir, uint64_t *ret)
{
	char text[64];
	ssize_t n = readlinkat(dir, walk_own_mnt, text, sizeof(text) - 1);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return sscanf(text, "mnt:[%" SCNu64 "]", ret) == 1 ? 0 : -EIO;
}

/* @dir is the folder of a thread; @files and @fs: it has a table or directories of its own. */
static void walk_look_thread(struct walk *w, int proc, int dir, bool files, bool fs)
{
	static const char *const links[] = {"cwd", "exe", "root"};
	uint64_t mnt;
	int r = walk_read_mnt(dir, &mnt);

	if (r == 0)
		walk_look_namespace(w, dir, walk_own_mnt, mnt);
	walk_note(w, proc, r);
	for (unsigned i = 0; fs && i < sizeof(links) / sizeof(links[0]); i++)
		walk_note(w, proc,
			  walk_look_link(w, dir, links[i],
					 NULL)); /* a thread of the kernel has no exe */
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
	NSI_AUTO_DIR DIR *dir = path_list(proc, "task");
	int before = 0;
	struct dirent *e;

	if (!dir) {
		walk_note(w, proc, -errno);
		return;
	}
	while (errno = 0, (e = readdir(dir)) != NULL && !w->is_broken) {
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
	if (!e)
		walk_note(w, proc, -errno);
}

static void walk_look_process(struct walk *w, int pid)
{
	NSI_AUTO_FD int proc = -EBADF;
	struct stat st;
	char path[32];

	text_fmt(path, sizeof(path), "/proc/%d", pid);
	proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0 || fstatat(proc, "task", &st, 0) < 0) {
		if (!walk_is_gone(errno)) /* whose it is cannot be told */
			walk_fail(w);
		return;
	}
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

	if (!proc) {
		walk_fail(w);
		return;
	}
	while (errno = 0, (e = readdir(proc)) != NULL) {
		uint64_t pid;

		if (w->is_broken || walk_is_done(w))
			return;
		if (text_u64(e->d_name, INT32_MAX, &pid) < 0)
			continue;
		if (seen++ % WALK_CLOCK_EVERY == 0 && clock_now_us() > w->deadline_us)
			walk_fail(w);
		else
			walk_look_process(w, (int)pid);
	}
	if (errno)
		walk_fail(w);
}

void disk_look(struct members_target *targets, unsigned count, const struct members_known *known,
	       uint64_t deadline_us)
{
	struct walk w = {
		.targets = targets, .count = count, .known = known, .deadline_us = deadline_us};

	walk_begin(&w, targets[0].statedir);
	/* First the process that was found last time: it is likely to be there still. */
	for (unsigned i = 0; i < count && !w.is_broken; i++)
		if (targets[i].wants_disk && targets[i].rec->end.holder)
			walk_look_process(&w, targets[i].rec->end.holder);
	if (w.dir_count > 0)
		walk_all(&w);
	for (unsigned i = 0; i < count; i++)
		if (targets[i].wants_disk)
			targets[i].is_partial |= w.is_broken;
}
