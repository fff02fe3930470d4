/* SPDX-License-Identifier: MIT */
/* The slice that systemd has for a user */

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

#include "base/fail.h"
#include "base/text.h"
#include "cgroup/cgroup_limit.h"

enum {
	SLICE_TRIES = 150,
	SLICE_WAIT_MS = 20
};

int slice_find(const char *mount, uid_t uid, char name[LIMITS_NAME], char dir[LIMITS_TEXT],
	       struct nsi_fail *f)
{
	int n;

	text_fmt(name, LIMITS_NAME, "user-%u.slice", (unsigned)uid);
	n = snprintf(dir, LIMITS_TEXT, "%s/user.slice/%s", mount, name);
	return n < 0 || n >= LIMITS_TEXT
		       ? fail_set(f, ENAMETOOLONG, "the path %.100s is too long", mount)
		       : 0;
}

static bool slice_is_of(const char *slice_dir, pid_t pid)
{
	char dir[LIMITS_TEXT];

	limit_where(pid, dir);
	return limit_is_below(dir, slice_dir);
}

bool slice_has_anchor(const struct slice_ask *ask)
{
	char name[LIMITS_NAME], dir[LIMITS_TEXT];
	struct nsi_fail ignored = {""};
	struct cgroup_mount m;

	if (!limit_is_systemd_here())
		return true;
	return limit_find_mount(&m, &ignored) == 0 &&
	       slice_find(m.point, ask->uid, name, dir, &ignored) == 0 &&
	       slice_is_of(dir, ask->anchor);
}

/* An anchor that has ended may have left its number to another process. */
static bool slice_anchor_lives(const struct slice_ask *ask)
{
	struct pollfd end = {.fd = ask->pidfd, .events = POLLIN};

	return poll(&end, 1, 0) == 0;
}

static int slice_start_scope(const struct slice_ask *ask, const char *slice, struct nsi_fail *f)
{
	struct bus_call c;

	bus_begin(&c, "keep");
	bus_add(&c, "nsisolate-set-%" PRIu64 "-%d.scope", ask->set, (int)ask->anchor);
	bus_add(&c, "%s", slice);
	bus_add(&c, "%d", (int)ask->anchor);
	bus_add(&c, "Memory of set %" PRIu64 " of uid %u, kept by nsisolate", ask->set,
		(unsigned)ask->uid);
	return bus_run(&c, NULL, 0, "cannot make a scope for the anchor", f);
}

int slice_take_anchor(const struct slice_ask *ask, struct nsi_fail *f)
{
	const struct timespec pause = {.tv_nsec = SLICE_WAIT_MS * 1000000L};
	char name[LIMITS_NAME], dir[LIMITS_TEXT];
	struct cgroup_mount m;
	int r = limit_find_mount(&m, f);

	if (r < 0)
		return r;
	r = slice_find(m.point, ask->uid, name, dir, f);
	if (r < 0 || !slice_anchor_lives(ask))
		return r;
	r = slice_start_scope(ask, name, f);
	if (r < 0) /* unless another login of the set has done it meanwhile */
		return slice_is_of(dir, ask->anchor) ? 0 : r;
	for (int i = 0; i < SLICE_TRIES && slice_anchor_lives(ask); i++) {
		if (slice_is_of(dir, ask->anchor))
			return 0;
		(void)nanosleep(&pause, NULL); /* cut short is fine */
	}
	return slice_anchor_lives(ask)
		       ? fail_set(f, EIO, "systemd does not move the anchor into %s", name)
		       : 0;
}
