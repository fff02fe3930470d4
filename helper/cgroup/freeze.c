/* SPDX-License-Identifier: MIT */
#include "cgroup/freeze.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "cgroup/cgroup.h"

enum {
	FREEZE_DEPTH = 32 /* groups below groups that are looked into */
};

static int freeze_read_mount(struct cgroup_mount *ret)
{
	struct cgroup_mount mounts[CGROUP_MOUNTS_MAX];
	int count = cgroup_read_mounts(mounts);

	for (int i = 0; i < count; i++) {
		if (!mounts[i].is_v2)
			continue;
		*ret = mounts[i];
		return 0;
	}
	return count < 0 ? count : -ENOENT;
}

/* Read once: a system has one, from its start on, or none. */
static const struct cgroup_mount *freeze_mount(void)
{
	static struct cgroup_mount mount;

	return mount.point[0] || freeze_read_mount(&mount) == 0 ? &mount : NULL;
}

static bool freeze_is_below(const char *path, const char *dir)
{
	const size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static bool freeze_has_process(const struct cgroup_mount *mount, const char *dir, pid_t pid)
{
	char where[FREEZE_PATH];

	return cgroup_find(mount, pid, where, sizeof(where)) < 0 || freeze_is_below(where, dir);
}

int freeze_find(pid_t pid, char dir[FREEZE_PATH], uint64_t *ret_id)
{
	const struct cgroup_mount *mount = freeze_mount();
	char file[FREEZE_PATH + 16];
	struct stat st;
	int r;

	if (!mount)
		return -ENOENT;
	r = cgroup_find(mount, pid, dir, FREEZE_PATH);
	if (r < 0)
		return r;
	text_fmt(file, sizeof(file), "%s/cgroup.freeze", dir);
	if (dir[0] == '\0' || access(file, F_OK) < 0)
		return -ENOENT;
	if (freeze_has_process(mount, dir, getpid()) || freeze_has_process(mount, dir, 1))
		return -ENOENT;
	if (stat(dir, &st) < 0)
		return -errno;
	*ret_id = st.st_ino;
	return 0;
}

/* A walk over a group and those below it, until @each returns other than 0. */
struct freeze_walk {
	int (*each)(void *arg, const char *dir);
	void *arg;
	bool is_whole; /* fails where a group cannot be looked into; else that is passed over */
};

/* Below @dir, whose groups are all that is left out there.  Returns as freeze_walk(). */
static int freeze_walk_below(const struct freeze_walk *w, char *dir, unsigned depth);

/* Returns what @each has returned, 0 at the end, or -errno of a group that cannot be looked into. */
static int freeze_walk(const struct freeze_walk *w, char *dir, unsigned depth)
{
	int r = w->each(w->arg, dir);

	if (r == 0)
		r = depth < FREEZE_DEPTH ? freeze_walk_below(w, dir, depth) : -E2BIG;
	return r < 0 && !w->is_whole ? 0 : r;
}

static int freeze_walk_below(const struct freeze_walk *w, char *dir, unsigned depth)
{
	NSI_AUTO_DIR DIR *list = opendir(dir);
	const size_t len = strlen(dir);
	struct dirent *e;

	if (!list)
		return errno == ENOENT ? 0 : -errno; /* it has just been removed */
	while (errno = 0, (e = readdir(list)) != NULL) {
		int r;

		if (e->d_type != DT_DIR || e->d_name[0] == '.')
			continue;
		if (len >= FREEZE_PATH || (size_t)snprintf(dir + len, FREEZE_PATH - len, "/%s",
							   e->d_name) >= FREEZE_PATH - len)
			r = -ENAMETOOLONG;
		else
			r = freeze_walk(w, dir, depth + 1);
		if (r > 0 || (r < 0 && w->is_whole))
			return r;
		dir[len] = '\0';
	}
	return -errno;
}

static int freeze_has_id(void *arg, const char *dir)
{
	const uint64_t *id = arg;
	struct stat st;

	return stat(dir, &st) == 0 && st.st_ino == *id;
}

int freeze_find_id(uint64_t id, char dir[FREEZE_PATH])
{
	const struct freeze_walk walk = {.each = freeze_has_id, .arg = &id};
	const struct cgroup_mount *mount = freeze_mount();

	if (!mount)
		return -ENOENT;
	(void)text_copy(dir, FREEZE_PATH, mount->point); /* half as long, at most */
	return freeze_walk(&walk, dir, 0) == 1 ? 0 : -ENOENT;
}

static int freeze_write(const char *dir, const char *value)
{
	NSI_AUTO_FD int fd = -EBADF;
	char file[FREEZE_PATH + 16];

	text_fmt(file, sizeof(file), "%s/cgroup.freeze", dir);
	fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

/* cgroup.events changes with POLLPRI when the last process stands still. */
int freeze_wait(const char *dir, int wait_ms)
{
	const uint64_t end = clock_now_us() + (uint64_t)wait_ms * 1000;
	char file[FREEZE_PATH + 16], text[256];
	struct pollfd events = {.events = POLLPRI};
	NSI_AUTO_FD int fd = -EBADF;

	text_fmt(file, sizeof(file), "%s/cgroup.events", dir);
	events.fd = fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	for (;;) {
		const ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

		text[n < 0 ? 0 : n] = '\0';
		if (n < 0 || strstr(text, "frozen 1"))
			return n < 0 ? -errno : 0;
		if (clock_now_us() >= end)
			return -ETIMEDOUT;
		(void)poll(&events, 1, clock_left_ms(end)); /* the file tells */
	}
}

int freeze_begin(const char *dir, int wait_ms)
{
	char file[FREEZE_PATH + 16], text[16] = "";
	int r;

	text_fmt(file, sizeof(file), "%s/cgroup.freeze", dir);
	if (fd_read_file(AT_FDCWD, file, text, sizeof(text)) > 0 && text[0] == '1')
		return 1;
	r = freeze_write(dir, "1");
	return r < 0 ? r : freeze_wait(dir, wait_ms);
}

void freeze_end(const char *dir)
{
	(void)freeze_write(dir, "0"); /* the group may be gone, which is as good */
}

struct freeze_listing {
	int *pids;
	size_t count, room;
	bool is_full; /* there are more */
};

static int freeze_list_one(void *arg, const char *dir)
{
	NSI_AUTO_FILE FILE *file = NULL;
	struct freeze_listing *l = arg;
	char path[FREEZE_PATH + 16];
	int pid;

	text_fmt(path, sizeof(path), "%s/cgroup.procs", dir);
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? 0 : -errno; /* it has just been removed */
	while (errno = 0, fscanf(file, "%d", &pid) == 1) {
		if (pid <= 0) /* of another PID namespace */
			continue;
		l->is_full = l->count == l->room;
		if (l->is_full)
			return 1;
		l->pids[l->count++] = pid;
	}
	return ferror(file) && errno != ENODEV ? -errno : 0;
}

/* As freeze_list(); with @is_whole, -errno if there may be others that could not be listed. */
static int freeze_list_tree(const char *dir, int *pids, size_t room, bool is_whole)
{
	struct freeze_listing listing = {.pids = pids, .room = room};
	const struct freeze_walk walk = {
		.each = freeze_list_one, .arg = &listing, .is_whole = is_whole};
	char path[FREEZE_PATH];
	int r = text_copy(path, sizeof(path), dir);

	if (r < 0)
		return r;
	r = freeze_walk(&walk, path, 0);
	if (r < 0)
		return r;
	return listing.is_full ? -E2BIG : (int)listing.count;
}

int freeze_list(const char *dir, int *pids, size_t room)
{
	return freeze_list_tree(dir, pids, room, false);
}

/* Version 2: "populated" counts the groups below as well. */
static int freeze_is_empty_by_events(int fd)
{
	char text[256];
	ssize_t n = fd_read_file(fd, "cgroup.events", text, sizeof(text));

	if (n == -ENOENT || n == -ENODEV) /* it has been removed since it was opened */
		return 1;
	if (n < 0)
		return (int)n;
	return strstr(text, "populated 0") != NULL;
}

/* Version 1 has no such file: whoever is in it, or in a group below. */
static int freeze_is_empty_by_list(const char *dir)
{
	int pid, r = freeze_list_tree(dir, &pid, 1, true);

	if (r == -E2BIG) /* processes, or groups below groups */
		return 0;
	return r < 0 ? r : r == 0;
}

int cgroup_is_empty(const char *dir, uint64_t id, bool is_v2)
{
	NSI_AUTO_FD int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 1 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_ino != id) /* another group has the name by now */
		return 1;
	return is_v2 ? freeze_is_empty_by_events(fd) : freeze_is_empty_by_list(dir);
}
