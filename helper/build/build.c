/* SPDX-License-Identifier: MIT */
#include "build/build.h"

#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "build/parts.h"
#include "mnt/mnt.h"
#include "policy/image.h"

static int read_inodes(struct build_report *report)
{
	NSI_AUTO_FD int dir = open("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = dir < 0 ? -errno : ns_inodes_read(dir, &report->ns);

	return r < 0 ? fail_errno(&report->fail, r, "cannot read the new namespaces") : 0;
}

static int build_mounts(const struct build_plan *plan, const struct words *w,
			struct build_report *report)
{
	int r = mnt_make_slave(&report->fail);

	for (uint32_t i = 0; r == 0 && i < plan->policy->dirs.count && i < RECORD_DIRS; i++)
		r = build_dir(plan, w, policy_dir(plan->image, plan->policy->dirs.first + i),
			      &report->dev[i], report);
	return r < 0 ? r : build_mqueue(plan, &report->fail);
}

void build_set(const struct build_plan *plan, struct build_report *report)
{
	struct words w;
	int r = read_inodes(report); /* before anything is mounted: /proc is still the host's */

	words_init(&w, plan);
	if (r == 0 && (plan->policy->kinds & ns_bit(NS_MNT)))
		r = build_mounts(plan, &w, report);
	if (r == 0 && (plan->policy->kinds & ns_bit(NS_UTS)))
		r = build_names(plan, &w, report);
	report->err = r;
}
