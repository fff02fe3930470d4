/* SPDX-License-Identifier: MIT */
#include "sets/missing.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nstype.h"
#include "log/log.h"
#include "priv/child.h"
#include "priv/priv.h"

/* Returns 0 or -errno. */
static int missing_try(enum nstype type)
{
	NSI_AUTO_FD int pidfd = -EBADF;
	siginfo_t info;
	pid_t pid;

	priv_raise();
	pid = child_fork((uint64_t)ns_clone_flags(ns_bit(type)), &pidfd);
	if (pid == 0)
		_exit(0);
	priv_lower();
	if (pid < 0)
		return (int)pid;
	(void)waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED); /* ours, and ending */
	return 0;
}

uint32_t missing_full(uint32_t types)
{
	uint32_t full = 0;

	for (int type = 0; type < NS_TYPE_MAX; type++)
		if ((types & ns_bit(type)) && missing_try(type) == -ENOSPC)
			full |= ns_bit(type);
	return full ? full : types; /* there is room again, or never was any for all of them */
}

uint32_t missing_types(uint32_t types, uint64_t set)
{
	uint32_t missing = 0;

	for (int type = 0; type < NS_TYPE_MAX; type++) {
		int r = types & ns_bit(type) ? missing_try(type) : 0;

		/* Of processes or memory: that is no matter of this namespace. */
		if (r == 0 || r == -EAGAIN || r == -ENOMEM)
			continue;
		log_line(LOG_WARNING,
			 "set %" PRIu64
			 " is built without a namespace \"%s\", as on_error allows: the "
			 "kernel refuses it (%s); see /proc/sys/user/%s",
			 set, ns_types[type].word, strerrordesc_np(-r), ns_types[type].sysctl);
		missing |= ns_bit(type);
	}
	return missing;
}
