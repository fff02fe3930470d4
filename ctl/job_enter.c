/* SPDX-License-Identifier: MIT */
/* The control groups of a job, for a process that is to be in it */
#include "ctl/command.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "ctl/sets.h"

/* A set of the job: the user's own, or any. */
static const struct set_record *job_find_set(const struct view_list *sets, const char *job,
					     uid_t uid)
{
	const struct set_record *found = NULL;

	for (unsigned i = 0; i < sets->count; i++) {
		const struct set_record *rec = &sets->rows[i].rec;

		if (rec->job_id == 0 || strcmp(rec->job_name, job) != 0)
			continue;
		if (rec->uid == uid)
			return rec;
		found = rec;
	}
	return found;
}

static bool job_is_process_of(int pid, uid_t uid)
{
	char path[32];
	struct stat st;

	text_fmt(path, sizeof(path), "/proc/%d", pid);
	return stat(path, &st) == 0 && st.st_uid == uid;
}

/* A process of the group at @dir: one of @uid if there is one.  Returns 0 if there is none. */
static int job_pick(const char *dir, uid_t uid)
{
	NSI_AUTO_FILE FILE *file = NULL;
	char path[RECORD_GROUP + 320];
	int pid, any = 0;

	if ((size_t)snprintf(path, sizeof(path), "%s/cgroup.procs", dir) >= sizeof(path))
		return 0;
	file = fopen(path, "re");
	while (file && fscanf(file, "%d", &pid) == 1) {
		if (pid > 0 && job_is_process_of(pid, uid))
			return pid;
		any = any ? any : pid;
	}
	return any;
}

/* The group at @top, or one below, that has a process, which is @uid's if any is. */
static int job_pick_group(const char *top, uid_t uid, char ret[RECORD_GROUP + 256])
{
	char copy[RECORD_GROUP], *paths[] = {copy, NULL};
	int r = -ESRCH;
	FTSENT *e;
	FTS *fts;

	text_fmt(copy, sizeof(copy), "%s", top);
	fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	if (!fts)
		return -errno;
	while ((e = fts_read(fts)) != NULL) {
		int pid = e->fts_info == FTS_D ? job_pick(e->fts_path, uid) : 0;

		if (pid <= 0)
			continue;
		if (r < 0 || job_is_process_of(pid, uid))
			text_fmt(ret, RECORD_GROUP + 256, "%s", e->fts_path);
		r = 0;
		if (job_is_process_of(pid, uid))
			break;
	}
	(void)fts_close(fts); /* was only read */
	return r;
}

static int job_join(const char *dir, struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = -EBADF;
	char path[RECORD_GROUP + 320];

	text_fmt(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || write(fd, "0", 1) != 1)
		return fail_errno(f, errno, "cannot enter the control group %.200s", dir);
	return 0;
}

int job_enter(const struct ctl *ctl, const char *job, uid_t uid, struct nsi_fail *f)
{
	NSI_CLEANUP(views_done) struct view_list sets = {0};
	char dir[RECORD_GROUP + 256];
	const struct set_record *found;
	int r = views_read(ctl, false, &sets, f);

	if (r < 0)
		return r;
	found = job_find_set(&sets, job, uid);
	if (!found)
		return fail_set(f, ENOENT, "no live set belongs to a job %.64s", job);
	r = job_pick_group(found->job_group, uid, dir);
	if (r < 0)
		return fail_errno(f, r, "job %.64s has no process in %.160s", job,
				  found->job_group);
	return job_join(dir, f);
}
