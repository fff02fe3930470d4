/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/fail.h"
#include "base/nskind.h"
#include "ns/ns.h"

int ns_explain(int err, uint32_t kinds, struct nsi_fail *f)
{
	char list[64];

	(void)ns_kinds_format(kinds, list, sizeof(list));
	switch (err < 0 ? -err : err) {
	case ENOSPC:
		return fail_set(f, err,
				"a limit of namespaces is reached (%s): see /proc/sys/user/"
				"max_*_namespaces and /proc/sys/fs/mount-max%s",
				list,
				kinds & (ns_bit(NS_PID) | ns_bit(NS_USER))
					? "; \"pid\" and \"user\" nest 32 deep at most"
					: "");
	case EAGAIN:
		return fail_set(f, err,
				"a limit of processes is reached: see pids.max of the helper's "
				"cgroup, RLIMIT_NPROC and /proc/sys/kernel/pid_max");
	case EINVAL:
		return fail_set(f, err, "this kernel lacks one of the namespaces %s", list);
	default:
		return fail_errno(f, err, "cannot make namespaces (%s)", list);
	}
}
