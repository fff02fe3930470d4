/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/nstype.h"
#include "ns/ns.h"

static int time_write_offsets(const struct ns_clocks *clocks, struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	char text[96];
	int n = snprintf(text, sizeof(text), "monotonic %" PRId64 " 0\nboottime %" PRId64 " 0\n",
			 clocks->monotonic, clocks->boottime);

	if (fd < 0)
		return fail_errno(f, errno, "cannot open /proc/self/timens_offsets");
	if (write(fd, text, (size_t)n) ==
	    n) /* in one call: the kernel takes it so, or not at all */
		return 0;
	if (errno == ERANGE)
		return fail_set(f, ERANGE,
				"'clock' would set a clock to before the start of the machine, or "
				"more than 146 years ahead");
	return fail_errno(f, errno, "cannot set the clocks of the time namespace");
}

int ns_enter_time(const struct ns_clocks *clocks, struct nsi_fail *f)
{
	const int flag = ns_types[NS_TIME].flag;
	NSI_AUTO_FD int fd = -EBADF;

	if (unshare(flag) < 0)
		return ns_explain(errno, ns_bit(NS_TIME), f);
	if (clocks->boottime != 0 || clocks->monotonic != 0) {
		int r = time_write_offsets(clocks, f);

		if (r < 0)
			return r;
	}
	fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, flag) < 0)
		return fail_errno(f, errno, "cannot enter the new time namespace");
	return 0;
}
