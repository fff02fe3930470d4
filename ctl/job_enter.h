/* SPDX-License-Identifier: MIT */
/* The control groups of a job, for a process that is to be in it */
#ifndef NSI_CTL_JOB_ENTER_H
#define NSI_CTL_JOB_ENTER_H

#include <sys/types.h>

struct ctl;
struct nsi_fail;

/*
 * Moves this process into the control groups of @job, beside a process of it: of user @uid if there
 * is one.  A job is known by the sets that belong to it.
 * Returns 0, -ENOENT if no live set does, -ESRCH if the job has no process, or another -errno.
 */
int job_enter(const struct ctl *ctl, const char *job, uid_t uid, struct nsi_fail *f);

#endif /* NSI_CTL_JOB_ENTER_H */
