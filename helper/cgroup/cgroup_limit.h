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

/*
 * Undoes the limits of records "end-..." and removes these; a failed one stays for the next time.  A damaged
 * one becomes "bad-...", with a warning: an administrator may read from it what was limited.
 */
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

enum {
	BUS_ARGS = 16,
	BUS_ARG = 320
};

/* The words of a call, one behind the other; limits/main.c lists the verbs. */
struct bus_call {
	char args[BUS_ARGS][BUS_ARG];
	unsigned count;
};

void bus_begin(struct bus_call *c, const char *verb);
void bus_add(struct bus_call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Executes nsisolate-limits, which lies beside the helper, with a fixed environment and no
 * descriptor of ours; it gives up after five seconds.  Fills in the @count numbers that it prints,
 * one a line.  Returns 0, or -errno with "@what: " and systemd's message in @f.
 */
int bus_run(const struct bus_call *c, uint64_t ret[], unsigned count, const char *what,
	    struct nsi_fail *f);

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

#endif /* NSI_CGROUP_LIMIT_H */
