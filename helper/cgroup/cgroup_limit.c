/* SPDX-License-Identifier: MIT */
#include "cgroup/cgroup_limit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "log/log.h"

int limit_find_mount(struct cgroup_mount *ret, struct nsi_fail *f)
{
	struct cgroup_mount mounts[CGROUP_MOUNTS_MAX];
	int count = cgroup_read_mounts(mounts);

	for (int i = 0; i < count; i++) {
		if (!mounts[i].is_v2 || mounts[i].is_readonly)
			continue;
		*ret = mounts[i];
		return 0;
	}
	return fail_set(f, ENOENT,
			"'limits' need control groups of version 2, and none are mounted here "
			"where they can be written");
}

void limit_where(pid_t pid, char buf[LIMITS_TEXT])
{
	struct nsi_fail f = {""};
	struct cgroup_mount m;

	if (limit_find_mount(&m, &f) < 0 || cgroup_find(&m, pid, buf, LIMITS_TEXT) < 0)
		buf[0] = '\0';
}

int limit_move(const char *dir, pid_t pid)
{
	char path[LIMITS_TEXT + 16], text[16];
	NSI_AUTO_FD int fd = -EBADF;
	int n = snprintf(text, sizeof(text), "%d", (int)pid);

	text_fmt(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	return write(fd, text, (size_t)n) == n ? 0 : -errno;
}

bool limit_is_below(const char *dir, const char *group)
{
	size_t len = strlen(group);

	return len > 0 && strncmp(dir, group, len) == 0 && (dir[len] == '/' || dir[len] == '\0');
}

/* The file @name of a group; "" and the reason if there is none. */
static int limit_read_file(const char *dir, const char *name, char buf[64], struct nsi_fail *f)
{
	char path[LIMITS_TEXT + 24];
	ssize_t n;

	text_fmt(path, sizeof(path), "%s/%s", dir, name);
	n = fd_read_file(AT_FDCWD, path, buf, 64);
	if (n == -ENOENT)
		return fail_set(f, ENOENT,
				"%s is not there: version 2 does not have this controller here (it "
				"may be with version 1, or withheld from a container)",
				path);
	return n < 0 ? fail_errno(f, (int)n, "cannot read %s", path) : 0;
}

static int limit_check_number(const char *dir, const char *name, uint64_t want, struct nsi_fail *f)
{
	uint64_t got = 0;
	char text[64];
	int r = limit_read_file(dir, name, text, f);

	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	if (text_u64(text, UINT64_MAX, &got) == 0 && got == want)
		return 0;
	return fail_set(f, EAGAIN, "%s/%s is %.20s and not %" PRIu64, dir, name, text, want);
}

static int limit_check_cpu(const char *dir, uint32_t percent, struct nsi_fail *f)
{
	uint64_t quota = 0, period = 0;
	char text[64];
	int r = limit_read_file(dir, "cpu.max", text, f);

	if (r < 0)
		return r;
	if (sscanf(text, "%" SCNu64 " %" SCNu64, &quota, &period) == 2 &&
	    quota * 100 == percent * period)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	return fail_set(f, EAGAIN, "%s/cpu.max is %.40s and not %u%%", dir, text, percent);
}

int limit_check(const char *dir, const struct limit *limit, struct nsi_fail *f)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int r = 0;

	if (limit->tasks)
		r = limit_check_number(dir, "pids.max", limit->tasks, f);
	if (r < 0)
		return r;
	if (limit->memory) /* the kernel counts in pages */
		r = limit_check_number(dir, "memory.max", limit->memory / page * page, f);
	if (r < 0)
		return r;
	return limit->cpu ? limit_check_cpu(dir, limit->cpu, f) : 0;
}

bool limit_is_stale(const struct limits_record *rec, const struct limit *limit)
{
	return (rec->tasks[0] && !limit->tasks) || (rec->memory[0] && !limit->memory) ||
	       (rec->cpu[0] && !limit->cpu);
}

bool limit_holds(const struct limit_ask *ask)
{
	char name[LIMITS_NAME], dir[LIMITS_TEXT];
	struct nsi_fail f = {""};
	struct limits_record rec;

	limits_name(name, ask->set, ask->uid);
	if (limits_read(ask->dir_fd, name, &rec) < 0 || limit_is_stale(&rec, &ask->limit))
		return false;
	limit_where(ask->pid, dir);
	return limit_is_below(dir, rec.group) && limit_check(rec.group, &ask->limit, &f) == 0;
}

/* Held until the child ends: what one undoes, no other does at the same time. */
static int limit_lock(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return flock(fd, LOCK_EX) < 0 ? -errno : 0;
}

bool limit_is_systemd_here(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}

/* Keeps a record that nobody can obey, for the administrator, and out of the way of others. */
static int limit_set_aside(int dir_fd, const char *name, struct nsi_fail *f)
{
	char aside[LIMITS_NAME];

	text_fmt(aside, sizeof(aside), "bad-%s", name + strlen("end-"));
	if (renameat(dir_fd, name, dir_fd, aside) < 0)
		return fail_errno(f, errno, "cannot rename the record to %s", aside);
	return fail_set(
		f, EBADMSG,
		"the record is damaged and is kept as %s; the limits end with the next boot",
		aside);
}

/* Returns 0 or -errno; a record that could not be obeyed stays. */
static int limit_undo_record(int dir_fd, const char *name, struct nsi_fail *f)
{
	struct limits_record rec;
	int r = limits_read(dir_fd, name, &rec);

	if (r == -EBADMSG)
		return limit_set_aside(dir_fd, name, f);
	if (r < 0)
		return fail_errno(f, r, "cannot read the record");
	r = rec.unit[0] ? limit_undo_unit(&rec, f) : limit_undo_group(&rec);
	if (r < 0)
		return r;
	return unlinkat(dir_fd, name, 0) < 0 ? fail_errno(f, errno, "cannot remove the record") : 0;
}

/*
 * A record is undone before another is made: else what was here before us would be
 * taken for what we had made of it.
 */
static int limit_undo_records(int dir_fd, struct nsi_fail *ret)
{
	NSI_AUTO_DIR DIR *dir = path_list(dir_fd, ".");
	struct dirent *e;

	if (!dir)
		return fail_errno(ret, errno, "cannot list the records of limits");
	while (errno = 0, (e = readdir(dir)) != NULL) {
		struct nsi_fail f = {""};
		int r;

		if (strncmp(e->d_name, "end-", 4) != 0)
			continue;
		r = limit_undo_record(dir_fd, e->d_name, &f);
		if (r < 0)
			log_line(LOG_WARNING, "cannot undo the limits in %s: %s", e->d_name,
				 f.what[0] ? f.what : strerrordesc_np(-r));
	}
	return errno ? fail_errno(ret, errno, "cannot list the records of limits") : 0;
}

void limit_undo_all(int dir_fd)
{
	struct nsi_fail f = {""};
	int r = limit_lock(dir_fd);

	if (r < 0)
		(void)fail_errno(&f, r, "cannot lock the records of limits");
	else
		r = limit_undo_records(dir_fd, &f);
	if (r < 0)
		log_line(LOG_WARNING, "cannot undo limits: %s", f.what);
}

int limit_apply(const struct limit_ask *ask, struct nsi_fail *f)
{
	struct cgroup_mount m;
	int r = limit_find_mount(&m, f);

	if (r < 0)
		return r;
	r = limit_lock(ask->dir_fd);
	if (r < 0)
		return fail_errno(f, r, "cannot lock the records of limits");
	r = limit_undo_records(ask->dir_fd, f);
	if (r < 0)
		return r;
	return limit_is_systemd_here() ? limit_by_systemd(ask, m.point, f)
				       : limit_by_group(ask, m.point, f);
}
