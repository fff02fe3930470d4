/* SPDX-License-Identifier: MIT */
#include "ctl/usage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/nstype.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/sets.h"
#include "instance/quota.h"
#include "policy/image.h"
#include "state/limits_record.h"
#include "state/record.h"

enum {
	ENTRIES_MAX = 200000,
	DEPTH_MAX = 48,
	TIME_MAX_US = 2000000
};

struct usage_walker {
	struct usage usage;
	uint64_t end_us;
	uint64_t mount;
	DIR *levels[DEPTH_MAX];
	unsigned depth;
};

static int usage_open_root(int pid)
{
	char path[32];
	int fd;

	text_fmt(path, sizeof(path), "/proc/%d/root", pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int view_open_root(const struct view *v)
{
	NSI_AUTO_FD int root = -EBADF;
	uint64_t start;

	if (v->is_own)
		return usage_open_root(getpid());
	root = usage_open_root(v->rec.anchor_pid);
	/* A file opened by pid is the anchor's only if the anchor still lives. */
	if (root >= 0 &&
	    (proc_start_time(v->rec.anchor_pid, &start) < 0 || start != v->rec.anchor_start))
		return -ESRCH;
	return nsi_take_fd(&root);
}

/* A sleeping FUSE server must not hold us up: DONT_SYNC takes what the kernel has. */
static int usage_look(int dirfd, const char *name, struct statx *stx)
{
	const int how = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC |
			(name[0] ? 0 : AT_EMPTY_PATH);

	return statx(dirfd, name, how, STATX_TYPE | STATX_BLOCKS | STATX_MNT_ID, stx);
}

static void usage_descend(struct usage_walker *w, int dirfd, const char *name)
{
	DIR *dir;

	if (w->depth == DEPTH_MAX) {
		w->usage.is_partial = true;
		return;
	}
	dir = path_list(dirfd, name);
	if (dir) /* else it is gone, or not ours to see */
		w->levels[w->depth++] = dir;
}

static void usage_take(struct usage_walker *w, DIR *dir, const char *name)
{
	struct statx stx;

	if (usage_look(dirfd(dir), name, &stx) < 0 || stx.stx_mnt_id != w->mount)
		return;
	w->usage.used += stx.stx_blocks * 512;
	w->usage.inodes_used++;
	if (S_ISDIR(stx.stx_mode))
		usage_descend(w, dirfd(dir), name);
}

/* Depth first, with one descriptor a level and no recursion: users make deep trees. */
static void usage_walk(struct usage_walker *w)
{
	while (w->depth > 0) {
		DIR *dir = w->levels[w->depth - 1];
		struct dirent *e = readdir(dir);

		if (w->usage.inodes_used >= ENTRIES_MAX || clock_now_us() >= w->end_us) {
			w->usage.is_partial = true;
			e = NULL;
		}
		if (!e) {
			(void)closedir(dir); /* was only read */
			w->depth--;
		} else if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
			usage_take(w, dir, e->d_name);
		}
	}
}

static struct usage usage_of_disk(int top)
{
	struct usage_walker w = {.end_us = clock_now_us() + TIME_MAX_US};
	struct statx stx;

	if (usage_look(top, "", &stx) < 0)
		return w.usage;
	w.mount = stx.stx_mnt_id;
	usage_descend(&w, top, ".");
	w.usage.is_known = w.depth > 0;
	usage_walk(&w);
	return w.usage;
}

/* Reads the usage that the file system counts for a quota.  Returns whether the instance has one. */
static bool usage_of_quota(int top, struct usage *ret)
{
	NSI_AUTO_FD int dir = path_open(top, ".", O_RDONLY | O_DIRECTORY, PATH_ANY);
	struct quota_state q;

	if (dir < 0 || quota_read(dir, &q) < 0 || (!q.limit.bytes && !q.limit.files))
		return false;
	*ret = (struct usage){
		.is_known = true,
		.used = q.used.bytes,
		.size = q.limit.bytes,
		.inodes_used = q.used.files,
		.inodes = q.limit.files,
	};
	return true;
}

static struct usage usage_of_tmpfs(int top)
{
	struct usage usage = {0};
	struct statvfs st;

	if (fstatvfs(top, &st) < 0)
		return usage;
	usage.is_known = true;
	usage.used = (uint64_t)(st.f_blocks - st.f_bfree) * st.f_frsize;
	usage.size = (uint64_t)st.f_blocks * st.f_frsize;
	usage.inodes_used = st.f_files - st.f_ffree;
	usage.inodes = st.f_files;
	return usage;
}

struct usage usage_of_stored(int top)
{
	struct usage usage;

	return usage_of_quota(top, &usage) ? usage : usage_of_disk(top);
}

struct usage usage_of(int root, const struct record_dir *dir)
{
	NSI_AUTO_FD int top = -EBADF;
	struct stat st;

	if (root < 0 || dir->path[0] != '/')
		return (struct usage){0};
	top = path_open(root, dir->path + 1, O_PATH | O_DIRECTORY, PATH_ANY);
	/* It must be the instance, not what somebody mounted over it. */
	if (top < 0 || fstat(top, &st) < 0 || (dir->dev && st.st_dev != dir->dev))
		return (struct usage){0};
	if (dir->method == POL_METHOD_TMPFS)
		return usage_of_tmpfs(top);
	return usage_of_stored(top);
}

void network_read(const char *rundir, const struct view *v, struct net_record *ret)
{
	NSI_AUTO_FD int run = open(rundir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[32], text[NET_RECORD_TEXT];

	*ret = (struct net_record){.mode = ""};
	if (v->is_own)
		return;
	text_fmt(path, sizeof(path), "net/%" PRIu64, v->rec.id);
	if (run >= 0 && fd_read_file(run, path, text, sizeof(text)) >= 0)
		net_record_parse(text, ret);
	else /* nothing on record: nothing of it is on the host */
		text_fmt(ret->mode, sizeof(ret->mode), "%s",
			 v->rec.types & ns_bit(NS_NET) ? net_mode_words[NET_NONE]
						       : net_mode_words[NET_HOST]);
}

/* A file of a group that is one number, or "max". */
static uint64_t usage_read_number(int group, const char *name)
{
	uint64_t n = 0;
	char text[32];

	if (fd_read_file(group, name, text, sizeof(text)) <= 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	(void)text_u64(text, UINT64_MAX, &n);
	return n;
}

static uint64_t usage_read_cpu(int group)
{
	uint64_t quota, period;
	char text[64];

	if (fd_read_file(group, "cpu.max", text, sizeof(text)) <= 0 ||
	    sscanf(text, "%" SCNu64 " %" SCNu64, &quota, &period) != 2 || period == 0)
		return 0;
	return quota * 100 / period;
}

struct limits limits_of(const struct ctl *ctl, const struct set_record *rec)
{
	NSI_AUTO_FD int dir = -EBADF;
	NSI_AUTO_FD int group = -EBADF;
	char path[400], name[LIMITS_NAME];
	struct limits_record what;

	if (!rec->has_limits)
		return (struct limits){.is_known = false};
	text_fmt(path, sizeof(path), "%s/limits", ctl->rundir);
	limits_name(name, rec->scope == POL_SCOPE_SESSION ? rec->id : 0, rec->uid);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || limits_read(dir, name, &what) < 0)
		return (struct limits){.is_known = false};
	group = open(what.group, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (group < 0)
		return (struct limits){.is_known = false};
	return (struct limits){
		.is_known = true,
		.tasks = usage_read_number(group, "pids.current"),
		.memory = usage_read_number(group, "memory.current"),
		.tasks_max = usage_read_number(group, "pids.max"),
		.memory_max = usage_read_number(group, "memory.max"),
		.cpu = usage_read_cpu(group),
	};
}
