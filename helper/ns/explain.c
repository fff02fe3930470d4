/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>

#include "base/fail.h"
#include "base/nskind.h"
#include "ns/ns.h"

/* "/proc/sys/user/max_net_namespaces, ...": where an administrator can give more of them. */
static const char *name_limits(uint32_t kinds, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (int kind = 0; kind < NS_KIND_MAX && used < size; kind++)
		if (kinds & ns_bit(kind))
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
						 ns_kinds[kind].sysctl);
	return buf;
}

int ns_explain(int err, uint32_t kinds, struct nsi_fail *f)
{
	char list[64], limits[160];

	(void)ns_kinds_format(kinds, list, sizeof(list));
	switch (err < 0 ? -err : err) {
	case ENOSPC:
		return fail_set(f, err,
				"a limit of namespaces is reached (%s): see %s in "
				"/proc/sys/user%s%s",
				list, name_limits(kinds, limits, sizeof(limits)),
				kinds & ns_bit(NS_MNT) ? ", and /proc/sys/fs/mount-max" : "",
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
