/* SPDX-License-Identifier: MIT */
#include "build/build.h"

#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "build/parts.h"
#include "cgroup/cgroup.h"
#include "mnt/mnt.h"
#include "ns/ns.h"
#include "policy/image.h"

static int make_namespaces(const struct build_plan *plan, struct nsi_fail *f)
{
	const struct ns_clocks clocks = {
		.boottime = plan->policy->view.clock.boottime,
		.monotonic = plan->policy->view.clock.monotonic,
	};
	int r = 0;

	if (plan->policy->kinds & ns_bit(NS_TIME))
		r = ns_enter_time(&clocks, f);
	if (r == 0 && (plan->policy->kinds & ns_bit(NS_CGROUP)))
		r = cgroup_unshare_at(plan->pid, f);
	return r;
}

static int read_inodes(struct build_report *report)
{
	NSI_AUTO_FD int dir = open("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = dir < 0 ? -errno : ns_inodes_read(dir, &report->ns);

	return r < 0 ? fail_errno(&report->fail, r, "cannot read the new namespaces") : 0;
}

static int build_mounts(const struct build_plan *plan, const struct words *w,
			struct build_report *report)
{
	struct nsi_fail *f = &report->fail;
	int r = mnt_make_slave(f);

	for (uint32_t i = 0; r == 0 && i < plan->policy->dirs.count && i < RECORD_DIRS; i++)
		r = build_dir(plan, w, policy_dir(plan->image, plan->policy->dirs.first + i),
			      &report->dev[i], report);
	if (r == 0)
		r = build_mqueue(plan, f);
	if (r == 0)
		r = build_cgroups(plan, f);
	return r;
}

void build_set(const struct build_plan *plan, struct build_report *report)
{
	const uint32_t kinds = plan->policy->kinds;
	struct words w;
	int r = make_namespaces(plan, &report->fail);

	if (r == 0)
		r = read_inodes(report);
	words_init(&w, plan);
	if (r == 0 && (kinds & ns_bit(NS_MNT)))
		r = build_mounts(plan, &w, report);
	if (r == 0 && (kinds & ns_bit(NS_UTS)))
		r = build_names(plan, &w, report);
	if (r == 0 && (kinds & ns_bit(NS_MNT)))
		r = build_proc(plan, &report->fail);
	if (r == 0 && (kinds & ns_bit(NS_MNT)))
		r = build_view(plan, &report->fail);
	report->err = r;
}
