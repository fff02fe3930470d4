/* SPDX-License-Identifier: MIT */
/* The jobs of resource managers, by their control groups */
#ifndef NSI_POLICY_JOB_H
#define NSI_POLICY_JOB_H

#include <stdbool.h>

/*
 * DOC: patterns
 *
 * A resource manager makes a control group for each job, and a job's processes are in that group or
 * below it.  A pattern is the path of such a group in its hierarchy, as /proc/PID/cgroup has it:
 * "/pbs_jobs.service/jobid/%{job}".  It begins at the root of the hierarchy, because the directories
 * there are root's, whereas a user can make groups with any name below those that systemd has
 * delegated.  "*" stands for any characters but "/", %{job} for one or more of letters, digits and
 * "-_.:@+~", which are the job's name.
 */
enum {
	JOB_NAME = 112, /* bytes of a job's name, with its end */
	JOB_PATH = 320, /* of a group's path in its hierarchy */
	JOB_TREE = 128, /* of the controllers of a hierarchy of version 1 */
};

struct job_place {
	char name[JOB_NAME];
	char path[JOB_PATH]; /* of the job's group: the part that the pattern matched */
	char tree[JOB_TREE]; /* the controllers of the hierarchy, or "name=..."; "" for version 2 */
};

/* Whether @text is the word for a resource manager that is known: "slurm". */
bool job_is_manager(const char *text);

/* Whether @text is such a word, or a pattern.  Returns 0 or -EINVAL. */
int job_check(const char *text);

/*
 * Finds the job of a process in @cgroups, its /proc/PID/cgroup, by @text, which job_check()
 * accepts.  A group of version 2 comes before one of version 1, and of these the freezer's before
 * others.  Returns whether there is one.
 */
bool job_find(const char *text, const char *cgroups, struct job_place *ret);

#endif /* NSI_POLICY_JOB_H */
