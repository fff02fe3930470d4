/* SPDX-License-Identifier: MIT */
#include "sets/set_job.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "cgroup/cgroup.h"
#include "log/log.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "sets/set.h"

static const uint64_t job_look_us = UINT64_C(2) * 1000000;

bool job_is_running(const struct set *set)
{
	return set->rec.job_id != 0 && !set->job.is_over;
}

bool job_has_dead_sessions_only(const struct set *set)
{
	const struct session *s;

	LIST_FOREACH (s, &set->sessions, link) {
		struct pollfd end = {.fd = s->process.fd, .events = POLLIN};

		if (poll(&end, 1, 0) <= 0)
			return false;
	}
	return !LIST_EMPTY(&set->sessions);
}

/* Notes whether the job is over by now.  A group that cannot be read is taken to be in use. */
static void job_ask(struct set *set)
{
	const struct set_facts *rec = &set->rec;
	int r;

	priv_raise();
	r = cgroup_is_empty(rec->job_group, rec->job_id, rec->job_is_v2);
	priv_lower();
	set->job.is_over = r > 0;
}

static bool job_needs_timer(const struct set *set)
{
	return job_is_running(set) && (set->job.events < 0 || set->job.wd < 0);
}

static void job_arm(struct jobs *j)
{
	const struct set *set;

	LIST_FOREACH (set, &j->sets->all, link)
		if (job_needs_timer(set)) {
			loop_arm(&j->sets->loop, &j->timer, job_look_us);
			return;
		}
}

/*
 * Whether an event of the watch @wd may be about the job of @set: any of its cgroup.events; of the
 * directory above, which has the groups of many jobs, the one with the name of the job's group.
 */
static bool job_is_about(const struct set *set, int wd, const char *name)
{
	if (wd < 0 || set->job.events == wd)
		return true;
	return set->job.wd == wd && strcmp(strrchr(set->rec.job_group, '/') + 1, name) == 0;
}

/*
 * Looks at the jobs that an event @name of the watch @wd may be about, or at all if @wd is -1, and
 * tells their sets.  A set that is told may be freed, and others with it, so the list is begun
 * anew behind it.
 */
static void job_look(struct jobs *j, int wd, const char *name)
{
	for (struct set *set = LIST_FIRST(&j->sets->all); set;) {
		struct set *next = LIST_NEXT(set, link);

		if (job_is_running(set) && job_is_about(set, wd, name)) {
			job_ask(set);
			if (set->job.is_over) {
				set_log(set, LOG_INFO, "job over set=%" PRIu64 " job=%s",
					set->rec.id, set->rec.job_name);
				set_step(set, SET_JOB_OVER);
				next = LIST_FIRST(&j->sets->all);
			}
		}
		set = next;
	}
}

static void job_on_timer(struct timer *t)
{
	struct jobs *j = loop_owner(t, struct jobs, timer);

	job_look(j, -1, "");
	job_arm(j);
}

static void job_on_events(struct source *src)
{
	struct jobs *j = loop_owner(src, struct jobs, events);
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n = read(src->fd, buf, sizeof(buf));

	for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= n;) {
		const struct inotify_event *e = (const void *)(buf + at);

		job_look(j, e->mask & IN_Q_OVERFLOW ? -1 : e->wd, e->len > 0 ? e->name : "");
		at += (ssize_t)sizeof(*e) + e->len;
	}
}

int jobs_init(struct jobs *j, struct sets *sets, struct nsi_fail *f)
{
	int r;

	j->sets = sets;
	j->timer.fire = job_on_timer;
	j->events = (struct source){.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK),
				    .ready = job_on_events};
	if (j->events.fd < 0)
		return fail_errno(f, errno,
				  "cannot watch control groups; see /proc/sys/fs/inotify");
	r = loop_add(&sets->loop, &j->events, EPOLLIN);
	return r < 0 ? fail_errno(f, r, "cannot watch control groups") : 0;
}

/* Returns a watch, or -1; a group that is gone already is no reason for a message. */
static int job_add_watch(const struct set *set, const char *path, uint32_t mask)
{
	int wd = inotify_add_watch(set->sets->jobs.events.fd, path, mask);

	if (wd < 0 && errno != ENOENT)
		log_line(LOG_WARNING, "set %" PRIu64 ": cannot watch %s: %s", set->rec.id, path,
			 strerrordesc_np(errno));
	return wd;
}

/* The watches come before the first look, so that no end is missed between them. */
void job_watch(struct set *set)
{
	struct jobs *j = &set->sets->jobs;
	const struct set_facts *rec = &set->rec;
	char path[RECORD_GROUP + 16];

	job_forget(set);
	if (rec->job_id == 0)
		return;
	text_fmt(path, sizeof(path), "%.*s", (int)(strrchr(rec->job_group, '/') - rec->job_group),
		 rec->job_group);
	priv_raise();
	set->job.wd = job_add_watch(set, path, IN_DELETE | IN_ONLYDIR);
	if (rec->job_is_v2) {
		text_fmt(path, sizeof(path), "%s/cgroup.events", rec->job_group);
		set->job.events = job_add_watch(set, path, IN_MODIFY);
	}
	priv_lower();
	job_ask(set);
	job_arm(j);
}

/* Ends a watch that no set has any more; this fails if its file is gone, and the watch with it. */
static void job_drop_watch(const struct sets *sets, int wd)
{
	const struct set *s;

	if (wd < 0)
		return;
	LIST_FOREACH (s, &sets->all, link)
		if (s->job.wd == wd || s->job.events == wd)
			return;
	(void)inotify_rm_watch(sets->jobs.events.fd, wd);
}

void job_forget(struct set *set)
{
	const struct set_job was = set->job;

	set->job = JOB_UNWATCHED;
	job_drop_watch(set->sets, was.events);
	job_drop_watch(set->sets, was.wd);
}
