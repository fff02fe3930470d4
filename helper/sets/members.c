/* SPDX-License-Identifier: MIT */
#include "sets/members.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>

#include "base/cleanup.h"
#include "base/proc.h"
#include "base/text.h"

/* Verdicts on mount namespaces that are nobody's, so that each is read once. */
enum {
	CACHE_SIZE = 64
};

struct scan {
	struct scan_target *targets;
	unsigned count;
	const struct scan_around *around;
	struct {
		uint64_t mnt;
		int target; /* -1: none */
	} cache[CACHE_SIZE];
	unsigned cached;
	int err; /* what kept it from seeing all there is */
};

int members_read_ns(int pid, struct ns_inodes *ret)
{
	return proc_namespaces(pid, ret);
}

/* A process that has ended, or a zombie; EACCES is what /proc says of one that is just ending. */
static bool is_gone(int err)
{
	return err == ENOENT || err == ESRCH || err == EACCES;
}

/* NULL for a process that is gone, and with scan->err set if it could not be read. */
static FILE *open_mountinfo(struct scan *scan, int pid)
{
	char path[40];
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	file = fopen(path, "re");
	if (!file && !is_gone(errno))
		scan->err = errno;
	return file;
}

/* The next line; notes in scan->err that there may be more which cannot be read. */
static bool next_line(struct scan *scan, FILE *file, char **line, size_t *room)
{
	errno = 0;
	if (getline(line, room, file) > 0)
		return true;
	if (!feof(file) && !is_gone(errno) && errno != EINVAL)
		scan->err = errno ? errno : EIO;
	return false;
}

/* proc_pid_mountinfo(5): "ID PARENT MAJ:MIN ROOT MOUNTPOINT ...".  Returns where MAJ:MIN starts. */
static char *skip_ids(char *line, char **ret_point)
{
	char *at = line, *point;

	for (int i = 0; i < 2; i++) {
		at = strchr(at, ' ');
		if (!at)
			return NULL;
		at++;
	}
	point = strchr(at, ' ');
	point = point ? strchr(point + 1, ' ') : NULL;
	if (!point)
		return NULL;
	*ret_point = point + 1;
	return at;
}

/* Learns from a process of the set under which device and root its instances are mounted. */
static void learn_mounts(struct scan *scan, struct scan_target *t, int pid)
{
	NSI_AUTO_FILE FILE *file = open_mountinfo(scan, pid);
	NSI_AUTO_FREE char *line = NULL;
	size_t room = 0;

	while (file && next_line(scan, file, &line, &room)) {
		char *point, *at = skip_ids(line, &point);

		for (uint32_t i = 0; at && i < t->rec->dir_count; i++) {
			size_t len = strlen(t->rec->dirs[i].path);

			if (strncmp(point, t->rec->dirs[i].path, len) == 0 && point[len] == ' ' &&
			    (size_t)(point - at) < sizeof(t->mounts[i]))
				/* "MAJ:MIN ROOT ", of the topmost mount in the end */
				(void)snprintf(t->mounts[i], sizeof(t->mounts[i]), "%.*s",
					       (int)(point - at), at);
		}
	}
}

static int find_mount(const struct scan *scan, const char *at)
{
	for (unsigned t = 0; t < scan->count; t++)
		for (uint32_t i = 0; i < scan->targets[t].rec->dir_count; i++) {
			const char *mount = scan->targets[t].mounts[i];

			if (mount[0] && strncmp(at, mount, strlen(mount)) == 0)
				return (int)t;
		}
	return -1;
}

/* A mount namespace made inside a session: is an instance of a set to be seen in it? */
static int search_nested(struct scan *scan, int pid, uint64_t mnt)
{
	NSI_AUTO_FILE FILE *file = NULL;
	NSI_AUTO_FREE char *line = NULL;
	size_t room = 0;
	int found = -1;

	for (unsigned i = 0; i < scan->cached; i++)
		if (scan->cache[i].mnt == mnt)
			return scan->cache[i].target;
	file = open_mountinfo(scan, pid);
	while (file && found < 0 && next_line(scan, file, &line, &room)) {
		char *point, *at = skip_ids(line, &point);

		if (at)
			found = find_mount(scan, at);
	}
	if (file && scan->cached < CACHE_SIZE) {
		scan->cache[scan->cached].mnt = mnt;
		scan->cache[scan->cached++].target = found;
	}
	return found;
}

/* How many of the set's kinds the process is in, of all that the set has. */
static void count_kinds(const struct scan_target *t, const struct ns_inodes *ns, unsigned *in,
			unsigned *all)
{
	*in = *all = 0;
	for (int kind = 0; kind < NS_KIND_MAX; kind++) {
		if (!(t->rec->kinds & ns_bit(kind)) || t->rec->ns.ino[kind] == 0)
			continue;
		if (kind == NS_NET && t->rec->shares_net) /* it says nothing about whose they are */
			continue;
		*all += 1;
		*in += ns->ino[kind] == t->rec->ns.ino[kind];
	}
}

static int compare(const void *a, const void *b)
{
	const struct scan_anchor *x = a, *y = b;

	return x->mnt < y->mnt ? -1 : x->mnt > y->mnt;
}

void members_sort(struct scan_anchor *anchors, unsigned count)
{
	qsort(anchors, count, sizeof(*anchors), compare);
}

static bool is_anchor(const struct scan *scan, int pid)
{
	for (unsigned i = 0; i < scan->around->anchor_count; i++)
		if (scan->around->anchors[i].pid == pid)
			return true;
	return false;
}

/*
 * Whether a mount namespace is that of an anchor, which is still in it: then it was
 * all the time, and the number was nobody else's.
 */
static bool is_of_an_anchor(const struct scan *scan, uint64_t mnt)
{
	const struct scan_anchor key = {.mnt = mnt};
	const struct scan_anchor *a = scan->around->anchors;
	uint64_t now;
	char path[32];

	a = bsearch(&key, a, scan->around->anchor_count, sizeof(*a), compare);
	if (!a)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt", a->pid);
	return ns_inode_read(AT_FDCWD, path, &now) == 0 && now == mnt;
}

static int find_target(struct scan *scan, int pid, const struct ns_inodes *ns, bool *ret_whole)
{
	*ret_whole = false;
	for (unsigned i = 0; i < scan->count; i++) {
		unsigned in, all;

		count_kinds(&scan->targets[i], ns, &in, &all);
		*ret_whole = in == all;
		if (in > 0)
			return (int)i;
	}
	if (ns->ino[NS_MNT] == scan->around->host->ino[NS_MNT] ||
	    is_of_an_anchor(scan, ns->ino[NS_MNT]))
		return -1;
	return search_nested(scan, pid, ns->ino[NS_MNT]);
}

/* Whether the numbers that have just been read can be of no other set's namespaces. */
static bool is_beyond_doubt(const struct scan *scan, const struct scan_target *t)
{
	struct ns_inodes ns;

	if (atomic_load(scan->around->born) == scan->around->born_before)
		return true;
	if (!t->anchor_pid || members_read_ns(t->anchor_pid, &ns) < 0)
		return false;
	for (int kind = 0; kind < NS_KIND_MAX; kind++)
		if ((t->rec->kinds & ns_bit(kind)) && ns.ino[kind] != t->rec->ns.ino[kind])
			return false;
	return true;
}

/* By pidfd, and only if it is still the process that was looked at. */
static void send_signal(struct scan *scan, int pid, int target)
{
	NSI_AUTO_FD int pidfd = (int)pidfd_open(pid, 0);
	struct ns_inodes ns;
	bool whole;

	if (pidfd < 0 || members_read_ns(pid, &ns) < 0 ||
	    find_target(scan, pid, &ns, &whole) != target ||
	    !is_beyond_doubt(scan, &scan->targets[target]))
		return;
	(void)pidfd_send_signal(pidfd, scan->targets[target].signal, NULL, 0); /* gone is fine */
}

/* Whether @pid is a process whose namespaces can be had; a zombie has none. */
static bool read_process(struct scan *scan, int pid, struct ns_inodes *ret)
{
	int r = members_read_ns(pid, ret);

	if (r < 0 && !is_gone(-r))
		scan->err = -r;
	return r == 0 && ret->ino[NS_MNT] != 0;
}

static void look_at(struct scan *scan, int pid)
{
	struct scan_target *t;
	struct ns_inodes ns;
	bool whole;
	int target;

	if (is_anchor(scan, pid) || !read_process(scan, pid, &ns))
		return;
	target = find_target(scan, pid, &ns, &whole);
	if (target < 0)
		return;
	t = &scan->targets[target];
	t->members++;
	if (whole || t->member_pid == 0)
		t->member_pid = pid;
	if (t->signal)
		send_signal(scan, pid, target);
}

/* A set without an anchor: any process in its mount namespace will do to learn from. */
static void learn_from(struct scan *scan, int pid)
{
	struct ns_inodes ns;
	bool read = false;

	for (unsigned i = 0; i < scan->count; i++) {
		struct scan_target *t = &scan->targets[i];

		if (t->anchor_pid || t->learnt || !(t->rec->kinds & ns_bit(NS_MNT)))
			continue;
		if (!read && !read_process(scan, pid, &ns))
			return;
		read = true;
		if (ns.ino[NS_MNT] != t->rec->ns.ino[NS_MNT])
			continue;
		learn_mounts(scan, t, pid);
		t->learnt = true;
	}
}

/* Calls @each for every process there is. */
static void each_process(struct scan *scan, void (*each)(struct scan *scan, int pid))
{
	NSI_AUTO_DIR DIR *proc = opendir("/proc");
	struct dirent *e;

	while (proc && (errno = 0, e = readdir(proc)) != NULL) {
		uint64_t pid;

		if (text_u64(e->d_name, INT32_MAX, &pid) == 0)
			each(scan, (int)pid);
	}
	if (errno)
		scan->err = errno;
}

int members_scan(struct scan_target *targets, unsigned count, const struct scan_around *around)
{
	struct scan scan = {.targets = targets, .count = count, .around = around};
	bool orphans = false;

	for (unsigned i = 0; i < count; i++) {
		if (targets[i].anchor_pid)
			learn_mounts(&scan, &targets[i], targets[i].anchor_pid);
		else
			orphans = true;
	}
	if (orphans)
		each_process(&scan, learn_from);
	each_process(&scan, look_at);
	for (unsigned i = 0; i < count; i++)
		if (targets[i].members > 0 && !is_beyond_doubt(&scan, &targets[i]))
			targets[i].is_doubtful = true;
	return -scan.err;
}
