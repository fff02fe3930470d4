/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>

#include "base/fail.h"
#include "base/nstype.h"
#include "ns/ns.h"

/* "/proc/sys/user/max_net_namespaces, ...": where an administrator can give more of them. */
static const char *explain_name_limits(uint32_t types, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (int type = 0; type < NS_TYPE_MAX && used < size; type++)
		if (types & ns_bit(type))
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
						 ns_types[type].sysctl);
	return buf;
}

int ns_explain(int err, uint32_t types, struct nsi_fail *f)
{
	char list[64], limits[160];

	(void)ns_types_format(types, list, sizeof(list));
	switch (err < 0 ? -err : err) {
	case ENOSPC:
		return fail_set(f, err,
				"a limit of namespaces is reached (%s): see %s in "
				"/proc/sys/user%s%s",
				list, explain_name_limits(types, limits, sizeof(limits)),
				types & ns_bit(NS_MNT) ? ", and /proc/sys/fs/mount-max" : "",
				types & (ns_bit(NS_PID) | ns_bit(NS_USER))
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
