/* SPDX-License-Identifier: MIT */
/* The checks of a policy's job against its scope */
#include <string.h>

#include "policy/check.h"
#include "policy/keys.h"

/* As in check.c: not for what was refused already, nor where it is only inherited. */
static bool job_is_due(const struct draft_policy *p, uint64_t about)
{
	return !(p->seen.bad & about) && (p->extends == 0 || (p->seen.given & about) != 0);
}

static void job_check_pair(struct draft *d, const struct draft_policy *p)
{
	const bool is_of_jobs = p->row.scope == POL_SCOPE_JOB, has_job = p->row.job.cgroup != 0;
	const char *name = draft_str(d, p->row.name);

	if (is_of_jobs == has_job || !job_is_due(p, key_bit(K_SCOPE) | key_bit(K_JOB)))
		return;
	if (is_of_jobs)
		draft_error(
			d, p->row.where,
			"policy '%.64s' has scope \"job\", so it needs 'job', such as \"slurm\"",
			name);
	else
		draft_warning(d, p->row.where,
			      "'job' in policy '%.64s' has no use: its scope is not \"job\"", name);
}

static void job_check_word(struct draft *d, const struct draft_policy *p, enum key_id id,
			   pol_str text)
{
	if (p->row.scope == POL_SCOPE_JOB || !strstr(draft_str(d, text), "%{job}") ||
	    !job_is_due(p, key_bit(id) | key_bit(K_SCOPE)))
		return;
	draft_warning(d, p->row.where,
		      "'%s' in policy '%.64s' has %%{job} in it, which is empty but with scope "
		      "\"job\"",
		      keys[id].name, draft_str(d, p->row.name));
}

void check_job(struct draft *d, const struct draft_policy *p)
{
	const uint64_t limits = key_bit(K_LIMITS) | key_bit(K_SCOPE);

	job_check_pair(d, p);
	job_check_word(d, p, K_HOSTNAME, p->row.hostname);
	job_check_word(d, p, K_DOMAINNAME, p->row.domainname);
	if (p->row.scope != POL_SCOPE_JOB)
		return;
	if (p->row.linger > 0 && job_is_due(p, key_bit(K_SCOPE) | key_bit(K_LINGER)))
		draft_warning(d, p->row.where,
			      "'linger' in policy '%.64s' has no use: with scope \"job\" the job's "
			      "end is the set's",
			      draft_str(d, p->row.name));
	if (pol_has_limits(&p->row.limits) && job_is_due(p, limits))
		draft_error(d, p->row.where,
			    "policy '%.64s' has 'limits', which a job has of its resource manager: "
			    "moved into a control group of ours, it would be lost to that; set "
			    "them there (Slurm: ConstrainRAMSpace and ConstrainCores in "
			    "cgroup.conf), and the number of processes by pam_limits",
			    draft_str(d, p->row.name));
}
