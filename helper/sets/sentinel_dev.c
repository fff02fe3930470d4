/* SPDX-License-Identifier: MIT */
/* The file systems of sets that an earlier helper has left without an anchor */
#include "sets/sentinel.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mountinfo.h"
#include "base/text.h"
#include "policy/image.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "sets/set.h"

/* struct ustat of linux/types.h; the call has no wrapper in glibc any more. */
struct sentinel_ustat {
	int32_t free_blocks;
	unsigned long free_inodes;
	char name[6], pack[6];
};

/*
 * ustat(2): whether any file system has the device number @dev; its free room in pages and free
 * inodes then.  Returns 0, -EINVAL if there is none, or -ENOSYS where the kernel has no such call (arm64).
 */
static int sentinel_stat_dev(uint64_t dev, struct sentinel_ustat *ret)
{
#ifdef SYS_ustat
	return syscall(SYS_ustat, (unsigned long)dev, ret) < 0 ? -errno : 0;
#else
	(void)dev;
	(void)ret;
	return -ENOSYS;
#endif
}

/* Whether @dev is mounted in the mount namespace of process @pid. */
static bool sentinel_is_mounted_by(int pid, uint64_t dev)
{
	NSI_CLEANUP(mountinfo_done) struct mountinfo_table table = {0};
	struct mountinfo m;

	if (mountinfo_open(&table, pid) < 0)
		return false;
	while (mountinfo_next(&table, &m) > 0)
		if (mountinfo_has_dev(&m, dev))
			return true;
	return false;
}

/* Whether process @pid has @dev open: the spare anchor's file systems are mounted nowhere yet. */
static bool sentinel_is_opened_by(int pid, uint64_t dev)
{
	NSI_AUTO_DIR DIR *dir = NULL;
	struct dirent *e;
	struct stat st;
	char path[40];

	text_fmt(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	while (dir && (e = readdir(dir)) != NULL)
		if (fstatat(dirfd(dir), e->d_name, &st, 0) == 0 && st.st_dev == dev)
			return true;
	return false;
}

/*
 * Whether a file system with this number, which the kernel gives once at a time, is somebody
 * else's: of the host, in whose mount namespace a set mounts nothing, of the spare anchor, or
 * of another set.
 */
static bool sentinel_is_of_other(const struct set *set, uint64_t dev)
{
	const struct spare *spare = &set->sets->spare;
	bool is_other;

	priv_raise();
	is_other = sentinel_is_mounted_by(getpid(), dev) ||
		   (spare->anchor.pidfd >= 0 && sentinel_is_opened_by(spare->anchor.pid, dev));
	for (const struct set *s = LIST_FIRST(&set->sets->all); s && !is_other;
	     s = LIST_NEXT(s, link))
		if (s != set && s->anchor.pidfd >= 0)
			is_other = sentinel_is_mounted_by(s->anchor.pid, dev);
	priv_lower();
	return is_other;
}

bool sentinel_has_dev(const struct set *set, uint64_t dev)
{
	struct sentinel_ustat u = {0};
	int r = sentinel_stat_dev(dev, &u);

	if (r < 0)
		return r != -EINVAL;
	if (dev == set->rec.end.sentinel_dev)
		return (uint32_t)u.free_blocks == set->rec.end.sentinel_blocks;
	return (u.free_blocks || u.free_inodes) && !sentinel_is_of_other(set, dev);
}

/*
 * One root of a set without an anchor.  If the instance of its watch is there, the root is watched on or
 * gone, @marks being what is left of its watches; else it is asked for by its number, and *wd is 0.
 */
static void sentinel_recall_root(struct set *set, const struct sentinel_marks *marks, uint64_t dev,
				 int32_t *wd)
{
	const struct sentinel_mark *mark = marks && *wd ? sentinel_find_mark(marks, *wd) : NULL;

	if (dev == 0 || (marks && *wd && !mark))
		return;
	if (!mark || mark->dev != dev)
		*wd = 0;
	sentinel_add(set, dev, *wd ? *wd : -1);
}

void sentinel_recall(struct set *set)
{
	struct sentinels *s = &set->sets->sentinels;
	struct set_facts *rec = &set->rec;
	const struct sentinel_marks *marks = NULL;

	if (rec->watch_id == s->id && s->id && !s->has_marks)
		s->has_marks = sentinel_read_marks(s->events.fd, &s->marks) == 0;
	if (rec->watch_id == s->id && s->has_marks)
		marks = &s->marks;
	rec->watch_id = s->id;
	sentinel_recall_root(set, marks, rec->end.sentinel_dev, &rec->sentinel_wd);
	sentinel_recall_root(set, marks, rec->root_dev, &rec->root_wd);
	sentinel_recall_root(set, marks, rec->home_dev, &rec->home_wd);
	for (uint32_t i = 0; i < rec->dir_count; i++)
		if (rec->dirs[i].method != POL_METHOD_DISK)
			sentinel_recall_root(set, marks, rec->dirs[i].dev, &rec->dirs[i].wd);
}
