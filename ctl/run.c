/* SPDX-License-Identifier: MIT */
/* The verb "run", in a job of the resource manager if it is told to */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "ctl/command.h"
#include "ctl/ctl.h"
#include "ctl/pam_session.h"
#include "ctl/person.h"
#include "ctl/say.h"
#include "ctl/sets.h"

/* A set of the job: the user's own, or any. */
static const struct set_record *run_find_job(const struct view_list *sets, const char *job,
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

static bool run_is_process_of(int pid, uid_t uid)
{
	char path[32];
	struct stat st;

	text_fmt(path, sizeof(path), "/proc/%d", pid);
	return stat(path, &st) == 0 && st.st_uid == uid;
}

/* A process of the group at @dir: one of @uid if there is one.  Returns 0 if there is none. */
static int run_pick_process(const char *dir, uid_t uid)
{
	NSI_AUTO_FILE FILE *file = NULL;
	char path[RECORD_GROUP + 320];
	int pid, any = 0;

	if ((size_t)snprintf(path, sizeof(path), "%s/cgroup.procs", dir) >= sizeof(path))
		return 0;
	file = fopen(path, "re");
	while (file && fscanf(file, "%d", &pid) == 1) {
		if (pid > 0 && run_is_process_of(pid, uid))
			return pid;
		any = any ? any : pid;
	}
	return any;
}

/* The group at @top, or one below, that has a process, which is @uid's if any is. */
static int run_pick_group(const char *top, uid_t uid, char ret[RECORD_GROUP + 256])
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
		int pid = e->fts_info == FTS_D ? run_pick_process(e->fts_path, uid) : 0;

		if (pid <= 0)
			continue;
		if (r < 0 || run_is_process_of(pid, uid))
			text_fmt(ret, RECORD_GROUP + 256, "%s", e->fts_path);
		r = 0;
		if (run_is_process_of(pid, uid))
			break;
	}
	(void)fts_close(fts); /* was only read */
	return r;
}

static int run_join_group(const char *dir, struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = -EBADF;
	char path[RECORD_GROUP + 320];

	text_fmt(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || write(fd, "0", 1) != 1)
		return fail_errno(f, errno, "cannot enter the control group %.200s", dir);
	return 0;
}

/*
 * Moves this process into the control groups of @job, beside a process of it: of user @uid if there
 * is one.  A job is known by the sets that belong to it.
 * Returns 0, -ENOENT if no live set does, -ESRCH if the job has no process, or another -errno.
 */
static int run_enter_job(const struct ctl *ctl, const char *job, uid_t uid, struct nsi_fail *f)
{
	NSI_CLEANUP(views_done) struct view_list sets = {0};
	char dir[RECORD_GROUP + 256];
	const struct set_record *found;
	int r = views_read(ctl, false, &sets, f);

	if (r < 0)
		return r;
	found = run_find_job(&sets, job, uid);
	if (!found)
		return fail_set(f, ENOENT, "no live set belongs to a job %.64s", job);
	r = run_pick_group(found->job_group, uid, dir);
	if (r < 0)
		return fail_errno(f, r, "job %.64s has no process in %.160s", job,
				  found->job_group);
	return run_join_group(dir, f);
}

/* Reports the helper's answer unless the session is isolated. */
static int run_report(const struct ctl_session *s, const char *user)
{
	switch (s->reply.h.type) {
	case NSI_ENTER:
		return CTL_OK;
	case NSI_SKIP:
		say_error("%s is not isolated: %s", user, s->reply.text);
		return CTL_OK;
	default:
		break;
	}
	if (s->reply.allow && s->reply.cause != NSI_CAUSE_POLICY) {
		say_error("%s; not isolated, as on_error is \"allow\" at %s", s->reply.text,
			  s->reply.rule);
		return CTL_OK;
	}
	say_error("refused: %s", s->reply.text);
	return CTL_REFUSED;
}

static int run_in(const struct ctl_session *s, const struct login *login, char **argv)
{
	char set[24] = "";
	const struct command command = {
		.who = &login->user,
		.argv = argv,
		.set = set,
		.policy = s->reply.policy,
	};

	if (s->reply.h.type == NSI_ENTER && s->reply.set)
		text_fmt(set, sizeof(set), "%" PRIu64, s->reply.set);
	return command_run(&command);
}

int run_verb(const struct ctl *ctl)
{
	NSI_CLEANUP(login_done) struct login login = {0};
	NSI_CLEANUP(session_done) struct ctl_session s;
	struct nsi_fail f = {""};
	int code, r;

	session_init(&s, ctl);
	if (geteuid() != 0)
		return say_need_root("run");
	code = login_find(ctl, ctl->operands[0], &login);
	if (code != CTL_OK)
		return code;
	r = ctl->job ? run_enter_job(ctl, ctl->job, login.user.uid, &f) : 0;
	if (r < 0) {
		(void)say_fail(r, &f);
		return r == -ENOENT || r == -ESRCH ? CTL_NOT_FOUND : CTL_SYSTEM;
	}
	say_progress("opening a session of %s ...", login.user.name);
	r = session_open(&s, &login, &f);
	say_progress_end();
	if (r < 0)
		return say_fail(r, &f);
	code = run_report(&s, login.user.name);
	if (code == CTL_OK)
		code = run_in(&s, &login, ctl->operands + 1);
	session_close(&s);
	return code;
}
