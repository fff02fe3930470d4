/* SPDX-License-Identifier: MIT */
/* Control groups (version 2) whose processes are listed while none of them can run. */
#ifndef NSI_CGROUP_FREEZE_H
#define NSI_CGROUP_FREEZE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * DOC: freezing
 *
 * A program that forks faster than /proc can be read is caught by cgroup.freeze (Linux 5.2): once
 * cgroup.events says "frozen 1", cgroup.procs stands still, and SIGKILL works on the frozen.
 * This needs no controller, so that the hierarchy that systemd mounts for itself on a machine
 * with version 1 will do.
 *
 * The root of the hierarchy cannot be frozen, and a group that this process is in, or that has
 * PID 1 in it, must not be: none of these is found here.
 */
enum {
	FREEZE_PATH = 512
};

/*
 * The directory of the group that process @pid is in, and its id, which is its inode.
 * Returns 0, -ENOENT if it is in none that may be frozen, or another -errno.
 */
int freeze_find(pid_t pid, char dir[FREEZE_PATH], uint64_t *ret_id);

/* The directory of the group with an id, by a walk over all groups.  Returns 0 or -ENOENT. */
int freeze_find_id(uint64_t id, char dir[FREEZE_PATH]);

/*
 * Freezes the group at @dir and waits for @wait_ms until it is.  Returns 0, 1 if somebody else
 * had frozen it, who is to thaw it, or -errno: -ETIMEDOUT if it is not frozen yet, but will be.
 */
int freeze_begin(const char *dir, int wait_ms);

/* Waits for @wait_ms until a group that is being frozen is.  Returns 0, -ETIMEDOUT or another -errno. */
int freeze_wait(const char *dir, int wait_ms);

/* Thaws the group; one that is gone is as good. */
void freeze_end(const char *dir);

/*
 * The processes in the group and in those below it, as far as these can be looked into, as this PID namespace
 * numbers them.  Returns their count, -E2BIG if there are more than @room, or another -errno.
 */
int freeze_list(const char *dir, int *pids, size_t room);

#endif /* NSI_CGROUP_FREEZE_H */
