/* SPDX-License-Identifier: MIT */
/* The job that a login comes from */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>

#include "base/fail.h"
#include "base/fd.h"
#include "base/text.h"
#include "cgroup/cgroup.h"
#include "policy/image.h"
#include "policy/job.h"
#include "priv/priv.h"
#include "serve/call.h"
#include "serve/caller.h"

enum {
	JOB_TEXT_MAX =
		65536 /* some twenty hierarchies, each with a path of at most 4 KiB: never as much */
};

/* A text that does not fit is an error: the line of the job could be missing. */
int job_read_groups(struct call *c, struct nsi_fail *f)
{
	char path[40], *text = malloc(JOB_TEXT_MAX);
	ssize_t n;

	if (!text)
		return fail_set(f, ENOMEM, "no memory for the control groups of a login");
	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", c->pid);
	priv_raise();
	n = fd_read_file(AT_FDCWD, path, text, JOB_TEXT_MAX);
	priv_lower();
	/* Data read below /proc/PID belongs to the caller if the caller has not ended yet. */
	if (n >= 0 && pidfd_send_signal(c->peer, 0, NULL, 0) < 0)
		n = -errno;
	if (n < 0) {
		free(text);
		return fail_errno(f, (int)n, "cannot read the control groups of process %d",
				  c->pid);
	}
	free(c->cgroups);
	c->cgroups = text;
	return 0;
}

int job_of_call(struct call *c, const struct pol_image *image, const struct pol_policy *policy,
		struct nsi_fail *f)
{
	struct record_job *job = &c->job;
	struct job_place place;
	int r;

	*job = (struct record_job){0};
	if (!c->cgroups || !job_find(policy_str(image, policy->job.cgroup), c->cgroups, &place))
		return fail_set(f, EAGAIN, "the policy has changed during this login; try again");
	r = cgroup_find_dir(place.tree, place.path, job->group, sizeof(job->group), &job->id);
	if (r == 0)
		r = text_copy(job->name, sizeof(job->name), place.name);
	if (r < 0) {
		job->id = 0;
		return fail_errno(f, r,
				  "cannot find the control group %.100s of job %.40s: is the "
				  "hierarchy mounted where the helper runs?",
				  place.path, place.name);
	}
	job->is_v2 = place.tree[0] == '\0';
	return 0;
}
