/* SPDX-License-Identifier: MIT */
#include "sets/charge.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "cgroup/slice.h"
#include "log/log.h"
#include "policy/image.h"
#include "priv/child.h"
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

/* The child: never returns. */
static void charge_child(const struct slice_ask *ask)
{
	struct slice_ask own = *ask;
	struct nsi_fail f = {""};
	NSI_AUTO_FD int pidfd = -EBADF;

	/* Twice forked, as nobody waits for it. */
	if (child_isolate(&own.pidfd, 1) < 0 || child_fork(0, &pidfd) != 0)
		_exit(0);
	log_forked();
	(void)alarm(CHARGE_SECONDS); /* SIGALRM ends it: nothing of ours waits for ever */
	if (slice_take_anchor(&own, &f) < 0)
		log_line(LOG_WARNING,
			 "set %" PRIu64 " (uid %u): what it keeps in memory after the last logout "
			 "will be charged to nobody: %s; the next login tries again, and "
			 "\"loginctl enable-linger\" has the same effect",
			 own.set, (unsigned)own.uid, f.what);
	_exit(0);
}

void charge_keep(struct set *set)
{
	const struct slice_ask ask = {
		.set = set->rec.id,
		.uid = set->rec.uid,
		.anchor = set->anchor.pid,
		.pidfd = set->anchor.pidfd,
	};
	NSI_AUTO_FD int pidfd = -EBADF;
	siginfo_t info;
	pid_t pid;

	if (!charge_is_wanted(set) || slice_has_anchor(&ask))
		return;
	pid = child_fork(0, &pidfd);
	if (pid == 0)
		charge_child(&ask);
	if (pid > 0)
		(void)waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED); /* ends at once */
	else
		set_log(set, LOG_WARNING,
			"set %" PRIu64 ": cannot keep the charge for its memory: %s; the next "
			"login tries again",
			set->rec.id, strerrordesc_np((int)-pid));
}
