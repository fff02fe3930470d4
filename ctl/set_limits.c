/* SPDX-License-Identifier: MIT */
#include "ctl/set_limits.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "policy/image.h"
#include "state/limits_record.h"
#include "state/record.h"

/* A file of a group that is one number, or "max". */
static uint64_t limits_read_number(int group, const char *name)
{
	uint64_t n = 0;
	char text[32];

	if (fd_read_file(group, name, text, sizeof(text)) <= 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	(void)text_u64(text, UINT64_MAX, &n);
	return n;
}

static uint64_t limits_read_cpu(int group)
{
	uint64_t quota, period;
	char text[64];

	if (fd_read_file(group, "cpu.max", text, sizeof(text)) <= 0 ||
	    sscanf(text, "%" SCNu64 " %" SCNu64, &quota, &period) != 2 || period == 0)
		return 0;
	return quota * 100 / period;
}

struct limits limits_of(const struct ctl *ctl, const struct set_record *rec)
{
	NSI_AUTO_FD int dir = -EBADF;
	NSI_AUTO_FD int group = -EBADF;
	char path[400], name[LIMITS_NAME];
	struct limits_record what;

	if (!rec->has_limits)
		return (struct limits){.is_known = false};
	text_fmt(path, sizeof(path), "%s/limits", ctl->rundir);
	limits_name(name, rec->scope == POL_SCOPE_SESSION ? rec->id : 0, rec->uid);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || limits_read(dir, name, &what) < 0)
		return (struct limits){.is_known = false};
	group = open(what.group, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (group < 0)
		return (struct limits){.is_known = false};
	return (struct limits){
		.is_known = true,
		.tasks = limits_read_number(group, "pids.current"),
		.memory = limits_read_number(group, "memory.current"),
		.tasks_max = limits_read_number(group, "pids.max"),
		.memory_max = limits_read_number(group, "memory.max"),
		.cpu = limits_read_cpu(group),
	};
}
