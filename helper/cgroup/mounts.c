/* SPDX-License-Identifier: MIT */
/* Mounts of control groups, and the move into one of its own */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/mountinfo.h"
#include "base/nstype.h"
#include "base/text.h"
#include "cgroup/cgroup.h"

bool cgroup_has_option(const char *options, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = options; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, word, len) == 0 && (at[len] == ',' || at[len] == '\0'))
			return true;
	}
	return false;
}

/* Returns whether @m is a mount of cgroups that fits. */
static bool mounts_take(const struct mountinfo *m, struct cgroup_mount *ret)
{
	*ret = (struct cgroup_mount){.is_v2 = strcmp(m->type, "cgroup2") == 0};
	if (!ret->is_v2 && strcmp(m->type, "cgroup") != 0)
		return false;
	ret->is_readonly = cgroup_has_option(m->options, "ro");
	text_fmt(ret->options, sizeof(ret->options), "%s", m->super); /* cut is fine */
	return text_copy(ret->root, sizeof(ret->root), m->root) == 0 &&
	       text_copy(ret->point, sizeof(ret->point), m->point) == 0;
}

int cgroup_read_mounts(struct cgroup_mount ret[CGROUP_MOUNTS_MAX])
{
	NSI_CLEANUP(mountinfo_done) struct mountinfo_table table = {0};
	struct mountinfo m;
	int count = 0, r = mountinfo_open(&table, 0);

	if (r < 0)
		return r;
	while ((r = mountinfo_next(&table, &m)) > 0) {
		if (count == CGROUP_MOUNTS_MAX)
			return -E2BIG;
		count += mounts_take(&m, &ret[count]);
	}
	return r < 0 ? r : count;
}

/* Whether a line of /proc/PID/cgroup, "ID:CONTROLLERS:PATH", is about the hierarchy of @m. */
static bool mounts_is_of(const struct cgroup_mount *m, const char *line, const char *controllers)
{
	char first[64];

	if (m->is_v2)
		return strncmp(line, "0::", 3) == 0;
	text_fmt(first, sizeof(first), "%.*s", (int)strcspn(controllers, ",:"), controllers);
	return first[0] != '\0' && cgroup_has_option(m->options, first);
}

/* The way from the mount's root to @path. */
static int mounts_below(const struct cgroup_mount *m, const char *path, char *buf, size_t size)
{
	size_t len = strcmp(m->root, "/") == 0 ? 0 : strlen(m->root);
	int n;

	buf[0] = '\0';
	if (strncmp(path, m->root, len) != 0 || (path[len] != '/' && path[len] != '\0'))
		return 0;
	if (strstr(path, "/..")) /* outside of the helper's own cgroup namespace */
		return 0;
	n = snprintf(buf, size, "%s%s", m->point, path + len);
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

int cgroup_find(const struct cgroup_mount *m, pid_t pid, char *buf, size_t size)
{
	NSI_AUTO_FILE FILE *file = NULL;
	NSI_AUTO_FREE char *line = NULL;
	size_t room = 0;
	char proc[40];

	buf[0] = '\0';
	text_fmt(proc, sizeof(proc), "/proc/%d/cgroup", (int)pid);
	file = fopen(proc, "re");
	if (!file)
		return -errno;
	while (getline(&line, &room, file) > 0) {
		char *controllers = strchr(line, ':');
		char *path = controllers ? strchr(controllers + 1, ':') : NULL;

		line[strcspn(line, "\n")] = '\0';
		if (path && mounts_is_of(m, line, controllers + 1))
			return mounts_below(m, path + 1, buf, size);
	}
	return 0;
}

/* As the kernel writes it, "/a/b" of "name=systemd" or "cpu,cpuacct". */
static int mounts_find_tree(const char *tree, struct cgroup_mount *ret)
{
	struct cgroup_mount mounts[CGROUP_MOUNTS_MAX];
	int count = cgroup_read_mounts(mounts);

	for (int i = 0; i < count; i++) {
		if (tree[0] == '\0' ? !mounts[i].is_v2 : !mounts_is_of(&mounts[i], tree, tree))
			continue;
		*ret = mounts[i];
		return 0;
	}
	return count < 0 ? count : -ENOENT;
}

/* Returns 0, or -ENOENT: @m does not show the group @path any more, or something else is there. */
static int mounts_stat_group(const struct cgroup_mount *m, const char *path, char *buf, size_t size,
			     struct stat *ret)
{
	int r = mounts_below(m, path, buf, size);

	if (r < 0)
		return r;
	if (buf[0] == '\0')
		return -ENOENT;
	return stat(buf, ret) < 0 ? -errno : 0;
}

/*
 * The mount that the last group was found below is tried first: the table of mounts is long, and each
 * job asks.  A group that is found there on the same file system is the one that is asked for.
 */
int cgroup_find_dir(const char *tree, const char *path, char *buf, size_t size, uint64_t *ret_id)
{
	static struct cgroup_mount last;
	static char last_tree[CGROUP_TEXT];
	static dev_t last_dev;
	struct cgroup_mount found;
	struct stat st;
	int r;

	if (last.point[0] && strcmp(tree, last_tree) == 0 &&
	    mounts_stat_group(&last, path, buf, size, &st) == 0 && st.st_dev == last_dev) {
		*ret_id = st.st_ino;
		return 0;
	}
	last.point[0] = '\0';
	r = mounts_find_tree(tree, &found);
	if (r < 0)
		return r;
	r = mounts_stat_group(&found, path, buf, size, &st);
	if (r < 0)
		return r;
	if (text_copy(last_tree, sizeof(last_tree), tree) == 0)
		last = found;
	last_dev = st.st_dev;
	*ret_id = st.st_ino;
	return 0;
}

/* cgroup.procs of the login's cgroup and of ours, in one hierarchy; both -EBADF if it shows neither. */
struct step {
	int there;
	int back;
};

static int mounts_open_procs(const char *dir)
{
	char path[PATH_MAX + 16];
	int fd;

	text_fmt(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

/*
 * A hierarchy that cannot be opened is an error: the namespace's root there would be the
 * helper's control group, which shows more than it should.
 */
static int mounts_prepare(const struct cgroup_mount *m, pid_t login, struct step *ret,
			  struct nsi_fail *f)
{
	char there[PATH_MAX], back[PATH_MAX];
	int r = cgroup_find(m, login, there, sizeof(there));

	*ret = (struct step){-EBADF, -EBADF};
	if (r < 0)
		return fail_errno(f, r, "cannot tell which cgroup the login is in");
	r = cgroup_find(m, getpid(), back, sizeof(back));
	if (r < 0)
		return fail_errno(f, r, "cannot tell which cgroup the anchor is in");
	if (there[0] == '\0' || back[0] == '\0')
		return 0;
	/* Opened before the unshare: the kernel asks which namespace they were opened in. */
	ret->there = mounts_open_procs(there);
	ret->back = mounts_open_procs(back);
	if (ret->there < 0)
		return fail_errno(f, ret->there, "cannot open cgroup.procs of %s", there);
	return ret->back < 0 ? fail_errno(f, ret->back, "cannot open cgroup.procs of %s", back) : 0;
}

static int mounts_move(int procs)
{
	return procs < 0 || write(procs, "0", 1) == 1 ? 0 : -errno;
}

/* Moves into the login's cgroups and makes the namespace; *@ret_done steps need their way back in any case. */
static int mounts_unshare(const struct cgroup_mount *mounts, int count, pid_t login,
			  struct step *steps, int *ret_done, struct nsi_fail *f)
{
	for (int i = 0; i < count; i++) {
		int r = mounts_prepare(&mounts[i], login, &steps[i], f);

		*ret_done = i + 1;
		if (r < 0)
			return r;
		r = mounts_move(steps[i].there);
		if (r < 0)
			return fail_errno(f, r, "cannot move into the login's cgroup at %s",
					  mounts[i].point);
	}
	if (unshare(CLONE_NEWCGROUP) == 0)
		return 0;
	return errno == ENOSPC ? fail_set(f, ENOSPC,
					  "a limit of namespaces is reached: see /proc/sys/user/%s",
					  ns_types[NS_CGROUP].sysctl)
			       : fail_errno(f, errno, "cannot make a cgroup namespace");
}

int cgroup_unshare_at(pid_t login, struct nsi_fail *f)
{
	struct cgroup_mount mounts[CGROUP_MOUNTS_MAX];
	struct step steps[CGROUP_MOUNTS_MAX];
	int count = cgroup_read_mounts(mounts), done = 0, r;

	if (count < 0)
		return fail_errno(f, count, "cannot find the mounts of cgroups");
	r = mounts_unshare(mounts, count, login, steps, &done, f);
	for (int i = 0; i < done; i++) {
		int back = mounts_move(steps[i].back);

		if (back < 0)
			r = fail_errno(f, fail_first(r, back),
				       "cannot move back out of the login's cgroup");
		nsi_closep(&steps[i].there);
		nsi_closep(&steps[i].back);
	}
	return r;
}
