/* SPDX-License-Identifier: MIT */
#include "priv/rlimits.h"

#include <errno.h>
#include <stddef.h>
#include <sys/resource.h>

#include "base/fail.h"

#define MIB ((rlim_t)1 << 20)

/* Limits that logins depend on: the value that is set, and the least that suffices. */
static const struct needed {
	__rlimit_resource_t resource;
	const char *name;
	rlim_t want, least;
} needed[] = {
	{RLIMIT_AS, "RLIMIT_AS (ulimit -v)", RLIM_INFINITY,
	 1024 * MIB}, /* the loader takes 1 GiB */
	{RLIMIT_CPU, "RLIMIT_CPU (ulimit -t)", RLIM_INFINITY, RLIM_INFINITY}, /* it is resident */
	{RLIMIT_DATA, "RLIMIT_DATA (ulimit -d)", RLIM_INFINITY, 256 * MIB},
	{RLIMIT_FSIZE, "RLIMIT_FSIZE (ulimit -f)", RLIM_INFINITY, 128 * MIB},
	{RLIMIT_NOFILE, "RLIMIT_NOFILE (ulimit -n)", 65536, 256},
	{RLIMIT_NPROC, "RLIMIT_NPROC (ulimit -u)", RLIM_INFINITY, 256},
	{RLIMIT_STACK, "RLIMIT_STACK (ulimit -s)", 8 * MIB, 1 * MIB},
};

/* Limits that the helper does not depend on; programs that it runs (hooks, pasta) inherit them. */
static const __rlimit_resource_t others[] = {
	RLIMIT_CORE, RLIMIT_LOCKS,  RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE,   RLIMIT_NICE,
	RLIMIT_RSS,  RLIMIT_RTPRIO, RLIMIT_RTTIME,  RLIMIT_SIGPENDING,
};

/* As much as can be had, if it is enough. */
static int rlimits_raise_limit(const struct needed *n, struct nsi_fail *f)
{
	struct rlimit limit = {n->want, n->want};

	if (setrlimit(n->resource, &limit) == 0)
		return 0;
	if (getrlimit(n->resource, &limit) < 0)
		return fail_errno(f, errno, "cannot read the limit %s", n->name);
	if (limit.rlim_max < n->least) /* RLIM_INFINITY is the largest value */
		return fail_set(f, EPERM,
				"the process that started the helper has the hard limit %s of "
				"%llu, which is too low and cannot be raised without "
				"CAP_SYS_RESOURCE: log in from a process without it",
				n->name, (unsigned long long)limit.rlim_max);
	limit.rlim_cur = limit.rlim_max < n->want ? limit.rlim_max : n->want;
	(void)setrlimit(n->resource, &limit); /* within the hard limit: cannot fail */
	return 0;
}

int rlimits_reset(struct nsi_fail *f)
{
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		int r = rlimits_raise_limit(&needed[i], f);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct rlimit limit;

		if (prlimit(1, others[i], NULL, &limit) == 0)
			(void)setrlimit(others[i], &limit); /* nothing here depends on it */
	}
	return 0;
}
