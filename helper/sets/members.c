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
#include "base/text.h"

/* Verdicts on mount namespaces that are nobody's, so that each is read once. */
enum {
	CACHE_SIZE = 64
};

struct scan {
	struct scan_target *targets;
	unsigned count;
	const struct ns_inodes *host;
	const int32_t *anchors;
	unsigned anchor_count;
	struct {
		uint64_t mnt;
		int target; /* -1: none */
	} cache[CACHE_SIZE];
	unsigned cached;
};

static void closedirp(DIR **d)
{
	if (*d)
		(void)closedir(*d); /* read only */
}

int members_read_ns(int pid, struct ns_inodes *ret)
{
	NSI_AUTO_FD int dir = -EBADF;
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns", pid);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	return ns_inodes_read(dir, ret);
}

static FILE *open_mountinfo(int pid)
{
	char path[40];

	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	return fopen(path, "re");
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

/* Learns from the anchor under which device and root its instances are mounted. */
static void learn_mounts(struct scan_target *t)
{
	NSI_AUTO_FILE FILE *file = open_mountinfo(t->rec->anchor_pid);
	NSI_AUTO_FREE char *line = NULL;
	size_t room = 0;

	while (file && getline(&line, &room, file) > 0) {
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
	file = open_mountinfo(pid);
	while (file && found < 0 && getline(&line, &room, file) > 0) {
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
		if (!(t->rec->kinds & ns_bit(kind)))
			continue;
		*all += 1;
		*in += ns->ino[kind] == t->rec->ns.ino[kind];
	}
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
	if (ns->ino[NS_MNT] == scan->host->ino[NS_MNT])
		return -1;
	return search_nested(scan, pid, ns->ino[NS_MNT]);
}

/* By pidfd, and only if it is still the process that was looked at. */
static void send_signal(struct scan *scan, int pid, int target)
{
	NSI_AUTO_FD int pidfd = (int)pidfd_open(pid, 0);
	struct ns_inodes ns;
	bool whole;

	if (pidfd < 0 || members_read_ns(pid, &ns) < 0 ||
	    find_target(scan, pid, &ns, &whole) != target)
		return;
	(void)pidfd_send_signal(pidfd, scan->targets[target].signal, NULL, 0); /* gone is fine */
}

static bool is_anchor(const struct scan *scan, int pid)
{
	for (unsigned i = 0; i < scan->anchor_count; i++)
		if (scan->anchors[i] == pid)
			return true;
	return false;
}

static void look_at(struct scan *scan, int pid)
{
	struct scan_target *t;
	struct ns_inodes ns;
	bool whole;
	int target;

	/* One that cannot be read is a zombie, or has just ended. */
	if (is_anchor(scan, pid) || members_read_ns(pid, &ns) < 0)
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

int members_scan(struct scan_target *targets, unsigned count, const struct ns_inodes *host,
		 const int32_t *anchors, unsigned anchor_count)
{
	NSI_CLEANUP(closedirp) DIR *proc = opendir("/proc");
	struct scan scan = {
		.targets = targets,
		.count = count,
		.host = host,
		.anchors = anchors,
		.anchor_count = anchor_count,
	};
	struct dirent *e;

	if (!proc)
		return -errno;
	for (unsigned i = 0; i < count; i++)
		learn_mounts(&targets[i]);
	while ((e = readdir(proc)) != NULL) {
		uint64_t pid;

		if (text_u64(e->d_name, INT32_MAX, &pid) == 0)
			look_at(&scan, (int)pid);
	}
	return 0;
}
