/* SPDX-License-Identifier: MIT */
/* Limits in the cgroup2 tree, where no systemd manages it */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/text.h"
#include "cgroup/cgroup_limit.h"

static int group_write_file(const char *dir, const char *name, const char *text, struct nsi_fail *f)
{
	char path[LIMITS_TEXT + 32];
	NSI_AUTO_FD int fd = -EBADF;
	size_t len = strlen(text);

	text_fmt(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		return fail_errno(f, errno, "cannot write \"%s\" to %s", text, path);
	return 0;
}

/* Whether @word is one of those in the file @name. */
static bool group_has_word(const char *dir, const char *name, const char *word)
{
	char path[LIMITS_TEXT + 32], text[512], *rest = text;

	text_fmt(path, sizeof(path), "%s/%s", dir, name);
	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) < 0)
		return false;
	for (const char *at; (at = strsep(&rest, " \n"));) {
		if (strcmp(at, word) == 0)
			return true;
	}
	return false;
}

/* Lets the groups below @dir have the controllers that @limit takes. */
static int group_enable(const char *dir, const struct limit *limit, struct nsi_fail *f)
{
	const struct {
		const char *name;
		bool is_needed;
	} controllers[] = {
		{"pids", limit->tasks > 0},
		{"memory", limit->memory > 0},
		{"cpu", limit->cpu > 0},
	};

	for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
		char text[16];
		int r;

		if (!controllers[i].is_needed ||
		    group_has_word(dir, "cgroup.subtree_control", controllers[i].name))
			continue;
		if (!group_has_word(dir, "cgroup.controllers", controllers[i].name))
			return fail_set(
				f, EOPNOTSUPP,
				"version 2 of control groups at %s does not have the "
				"controller '%s' that 'limits' need (it may be with version "
				"1, or withheld from a container)",
				dir, controllers[i].name);
		text_fmt(text, sizeof(text), "+%s", controllers[i].name);
		r = group_write_file(dir, "cgroup.subtree_control", text, f);
		if (r < 0)
			return r;
	}
	return 0;
}

static int group_make(const char *dir, struct nsi_fail *f)
{
	return mkdir(dir, 0755) < 0 && errno != EEXIST ? fail_errno(f, errno, "cannot make %s", dir)
						       : 0;
}

/* A limit that the policy does not have is written too: an earlier one may have had it. */
static int group_write_limit(const char *dir, const char *controller, bool is_limited,
			     const char *file, const char *text, struct nsi_fail *f)
{
	if (!is_limited && !group_has_word(dir, "cgroup.controllers", controller))
		return 0;
	return group_write_file(dir, file, text, f);
}

static int group_write_limits(const char *dir, const struct limit *limit, struct nsi_fail *f)
{
	char tasks[24], memory[24], cpu[40] = "max 100000";
	int r;

	text_fmt(tasks, sizeof(tasks), limit->tasks ? "%" PRIu32 : "max", limit->tasks);
	text_fmt(memory, sizeof(memory), limit->memory ? "%" PRIu64 : "max", limit->memory);
	if (limit->cpu)
		text_fmt(cpu, sizeof(cpu), "%" PRIu64 " 100000", (uint64_t)limit->cpu * 1000);
	r = group_write_limit(dir, "pids", limit->tasks > 0, "pids.max", tasks, f);
	if (r < 0)
		return r;
	r = group_write_limit(dir, "memory", limit->memory > 0, "memory.max", memory, f);
	if (r < 0)
		return r;
	return group_write_limit(dir, "cpu", limit->cpu > 0, "cpu.max", cpu, f);
}

int limit_by_group(const struct limit_ask *ask, const char *mount, struct nsi_fail *f)
{
	struct limits_record rec = {.group = ""};
	char above[LIMITS_TEXT - LIMITS_NAME], name[LIMITS_NAME];
	int n = snprintf(above, sizeof(above), "%s/nsisolate", mount), r;

	if (n < 0 || (size_t)n >= sizeof(above))
		return fail_set(f, ENAMETOOLONG, "the path %.100s is too long", mount);
	limits_name(name, ask->set, ask->uid);
	text_fmt(rec.group, sizeof(rec.group), "%s/%s", above, name);
	r = group_enable(mount, &ask->limit, f);
	if (r < 0)
		return r;
	r = group_make(above, f);
	if (r < 0)
		return r;
	r = group_enable(above, &ask->limit, f);
	if (r < 0)
		return r;
	r = limits_write(ask->dir_fd, name, &rec);
	if (r < 0)
		return fail_errno(f, r, "cannot record the limits");
	r = group_make(rec.group, f);
	if (r < 0)
		return r;
	r = group_write_limits(rec.group, &ask->limit, f);
	if (r < 0)
		return r;
	r = limit_check(rec.group, &ask->limit, f);
	if (r < 0)
		return r;
	r = limit_move(rec.group, ask->pid);
	return r < 0 ? fail_errno(f, r, "cannot move the login into %s", rec.group) : 0;
}

int limit_undo_group(const struct limits_record *rec)
{
	char above[LIMITS_TEXT];
	char *slash;

	if (rmdir(rec->group) < 0 && errno != ENOENT)
		return -errno;
	text_fmt(above, sizeof(above), "%s", rec->group);
	slash = strrchr(above, '/');
	if (slash) {
		*slash = '\0';
		(void)rmdir(above); /* another set's group may be in it */
	}
	return 0;
}
