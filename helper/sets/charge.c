/* SPDX-License-Identifier: MIT */
/* The charge for memory that a set keeps without sessions */
#include "sets/life.h"

#include <inttypes.h>
#include <string.h>

#include "base/fail.h"
#include "cgroup/cgroup_limit.h"
#include "policy/image.h"
#include "sets/all.h"
#include "sets/set.h"

enum {
	CHARGE_SECONDS = 20
};

/* Files of a tmpfs, in overlays that are in memory, and shared memory. */
static bool charge_has_memory(const struct set *set)
{
	for (uint32_t i = 0; i < set->rec.dir_count; i++)
		if (set->rec.dirs[i].method != POL_METHOD_DISK)
			return true;
	return (set->rec.types & ns_bit(NS_IPC)) || set->rec.root_dev || set->rec.home_dev;
}

bool charge_is_wanted(const struct set *set)
{
	return set->rec.has_memory_limit && set->rec.linger > 0 &&
	       set->rec.scope == POL_SCOPE_USER && set->anchor.pidfd >= 0 && !set->kills &&
	       charge_has_memory(set);
}

static int charge_run(const void *arg, const int *fds, int out, struct nsi_fail *f)
{
	struct slice_ask own = *(const struct slice_ask *)arg;

	(void)out;
	own.pidfd = fds[0];
	return slice_take_anchor(&own, f);
}

static void charge_warn(const struct set *set, const char *why)
{
	set_log(set, LOG_WARNING,
		"set %" PRIu64 " (uid %u): what it keeps in memory after the last logout will be "
		"charged to nobody: %s; the next login tries again, and \"loginctl enable-linger\" "
		"has the same effect",
		set->rec.id, set->rec.uid, why);
}

static void charge_on_done(struct work *w)
{
	struct nsi_fail f = {""};

	if (!work_is_good(w, &f, "systemd did not answer in time"))
		charge_warn(loop_owner(w, struct set, charge.work), f.what);
}

void charge_keep(struct set *set)
{
	struct set_charge *c = &set->charge;
	const struct slice_ask ask = {
		.set = set->rec.id,
		.uid = set->rec.uid,
		.anchor = set->anchor.pid,
		.pidfd = set->anchor.pidfd,
	};
	int r;

	if (!charge_is_wanted(set) || slice_has_anchor(&ask) ||
	    (work_is_busy(&c->work) && c->anchor == ask.anchor))
		return;
	work_cancel(&c->work); /* that was about an anchor which is gone */
	c->anchor = ask.anchor;
	r = work_start(&c->work, &set->sets->loop,
		       &(struct work_order){
			       .run = charge_run,
			       .arg = &ask,
			       .fds = {ask.pidfd},
			       .fd_count = 1,
			       .seconds = CHARGE_SECONDS,
			       .done = charge_on_done,
		       });
	if (r < 0)
		charge_warn(set, strerrordesc_np(-r));
}
