/* SPDX-License-Identifier: MIT */
/* The slice that systemd has for a user */
#ifndef NSI_CGROUP_SLICE_H
#define NSI_CGROUP_SLICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroup/cgroup_limit.h"

struct nsi_fail;

/*
 * DOC: a slice that lasts
 *
 * user-<uid>.slice is stopped when no unit needs it (StopWhenUnneeded=), and with it ends the group that the user's
 * memory is charged to.  A scope in it needs it.  So the anchor of a set whose memory outlasts the sessions gets a
 * scope, nsisolate-set-<set>-<pid>.scope, which ends with the anchor.
 *
 * logind stops sessions, the user's manager and the runtime directory, and never the slice (user_stop() of
 * logind-user.c, systemd 239 and later): "loginctl terminate-user" leaves the anchor alive, "loginctl kill-user"
 * and a stopped slice do not.
 */
struct slice_ask {
	uint64_t set;
	uid_t uid;
	pid_t anchor;
	int pidfd; /* of the anchor */
};

/* Writes the slice's name, and its directory below the mount of version 2.  Returns 0 or -ENAMETOOLONG. */
int slice_find(const char *mount, uid_t uid, char name[LIMITS_NAME], char dir[LIMITS_TEXT],
	       struct nsi_fail *f);

/* Whether the anchor is in its user's slice, or no systemd runs here: there is nothing to do.  Does not wait. */
bool slice_has_anchor(const struct slice_ask *ask);

/* Has systemd start the scope and waits, for seconds at most, until the anchor is in it.  Returns 0 or -errno. */
int slice_take_anchor(const struct slice_ask *ask, struct nsi_fail *f);

#endif /* NSI_CGROUP_SLICE_H */
