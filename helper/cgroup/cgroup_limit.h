/* SPDX-License-Identifier: MIT */
/* The limits of a set */
#ifndef NSI_CGROUP_LIMIT_H
#define NSI_CGROUP_LIMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroup/cgroup.h"
#include "state/limits_record.h"

struct nsi_fail;

/*
 * DOC: who has the limits
 *
 * The control groups of a system that systemd runs are systemd's, and a session's
 * scope is how logind knows the session: nothing is moved out of the user's own slice.
 *
 *	scope "user"     user-<uid>.slice has them, as properties that end with this boot.
 *	                 A login that is elsewhere (cron.service, a stack without
 *	                 pam_systemd, su from another user's session) is moved into a scope of
 *	                 its own in that slice, and its process back when it closes.
 *	scope "session"  the session's own scope, or the user's service manager; else a
 *	                 scope in that slice.
 *
 * Without systemd a group <mount>/nsisolate/u<uid> or s<set> has them, into which each
 * login is moved.
 *
 * Both need version 2 and its controllers; before a login goes on, the kernel's values are
 * compared with the policy's.  All of this is done in a child, under the lock of
 * <rundir>/limits, but for limit_holds() and limit_move().
 */
struct limit {
	uint64_t memory; /* bytes; 0 for no limit, here and below */
	uint32_t tasks;
	uint32_t cpu; /* percent of one processor */
};

struct limit_ask {
	struct limit limit;
	uint64_t set; /* of one session; 0: of all sets of the user */
	uid_t uid;
	pid_t pid;  /* of the login */
	int dir_fd; /* <rundir>/limits */
};

/* Whether there is nothing to be done.  Does not wait. */
bool limit_holds(const struct limit_ask *ask);

/* Applies the limits; each step is recorded before.  Returns 0 or -errno. */
int limit_apply(const struct limit_ask *ask, struct nsi_fail *f);

/* Undoes the limits of records "end-..." and removes these; a failed one stays for the next time. */
void limit_undo_all(int dir_fd);

/* The directory of the group that a process is in, in version 2; "" if there is none. */
void limit_where(pid_t pid, char buf[LIMITS_TEXT]);

/* Moves a process into the group @dir.  Returns 0 or -errno. */
int limit_move(const char *dir, pid_t pid);

/* Below here: for the rooms' own files and their tests. */

/* Whether systemd has the control groups: sd_booted(3). */
bool limit_is_systemd_here(void);

/* The mount of version 2, or -ENOENT with what to do. */
int limit_find_mount(struct cgroup_mount *ret, struct nsi_fail *f);

/* Whether the group at @dir has the limits; -ENOENT with the file in @f that is missing. */
int limit_check(const char *dir, const struct limit *limit, struct nsi_fail *f);

/* Whether an earlier policy has set a limit that this one does not have and that must be undone. */
bool limit_is_stale(const struct limits_record *rec, const struct limit *limit);

/* Whether @dir is @group or below it. */
bool limit_is_below(const char *dir, const char *group);

/* Applies the limits through systemd units.  Returns 0 or -errno. */
int limit_by_systemd(const struct limit_ask *ask, const char *mount, struct nsi_fail *f);
int limit_undo_unit(const struct limits_record *rec, struct nsi_fail *f);

/* Applies the limits directly in the cgroup2 tree.  Returns 0 or -errno. */
int limit_by_group(const struct limit_ask *ask, const char *mount, struct nsi_fail *f);
int limit_undo_group(const struct limits_record *rec);

#endif /* NSI_CGROUP_LIMIT_H */
