/* SPDX-License-Identifier: MIT */
/* The jobs that sets with scope = "job" belong to */
#ifndef NSI_SETS_SET_JOB_H
#define NSI_SETS_SET_JOB_H

#include <stdbool.h>

#include "loop/loop.h"

struct sets;
struct nsi_fail;
struct set;

/*
 * DOC: how the end of a job is known
 *
 * A job is over when its control group has no process, or is gone.  The cgroup.events of version 2
 * changes when the last process leaves, which inotify(7) reports, whoever mounted the hierarchy.  The
 * resource manager removes the group after that; if it does so at once, that report is lost, and
 * control groups do not report IN_DELETE_SELF, so the directory above is watched for IN_DELETE.  In version 1 nothing changes when a group
 * gets empty (notify_on_release belongs to the whole hierarchy, and runs a program of somebody
 * else's): its removal is reported, and while there are such sets a timer looks at their groups.
 */

/* Of one set. */
struct set_job {
	int wd;       /* of inotify: the directory that the group is in; -1: none */
	int events;   /* of version 2, its cgroup.events; -1: none */
	bool is_over; /* there is no job, or none any more */
};

#define JOB_UNWATCHED ((struct set_job){.wd = -1, .events = -1})

/* Of the helper. */
struct jobs {
	struct sets *sets;
	struct source events; /* inotify(7) */
	struct timer timer;   /* for groups of version 1, and those without a watch */
};

/* Returns 0 or -errno. */
int jobs_init(struct jobs *j, struct sets *sets, struct nsi_fail *f);

/*
 * Begins to watch the job of @set, which is in its record; the set is told of its end by
 * SET_JOB_OVER, unless it is over already.
 */
void job_watch(struct set *set);

/* Ends the watch. */
void job_forget(struct set *set);

/* Whether @set belongs to a job that is not over: it lives on without sessions. */
bool job_is_running(const struct set *set);

/* Whether @set has sessions, and the openers of all have ended, which is about to be reported. */
bool job_has_dead_sessions_only(const struct set *set);

#endif /* NSI_SETS_SET_JOB_H */
