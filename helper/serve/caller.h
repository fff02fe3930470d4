/* SPDX-License-Identifier: MIT */
/* The process at the other end of a connection, and its right to open a session */
#ifndef NSI_CALLER_H
#define NSI_CALLER_H

#include <stdbool.h>
#include <stdint.h>

struct call;
struct ns_inodes;
struct nsi_fail;
struct pol_image;
struct pol_policy;
struct set;
union nsi_message;

/*
 * Fills in c->pid and c->peer by the credentials of the process that connected @sock.  The pidfd
 * comes from SO_PEERPIDFD (Linux 6.5); before that it is opened by number, at once.
 * Returns 0, -EPERM for another user than root, or -errno (-ESRCH: the process has ended).
 */
int caller_take(struct call *c, int sock);

/*
 * Checks that the process is root of the helper's user namespace.  Root in another one can have
 * uid 0 here too, by its map, and may even reach the socket.
 * Returns 0, MAPPED_STAYS (in c->within), or -errno (-EXDEV: it comes from within a mapped set).
 */
int caller_check_user(struct call *c, const union nsi_message *m, struct nsi_fail *f);

/* Whether the caller is in the mount namespace of @set, and in no chroot there; false if that cannot be seen. */
bool caller_is_at_root_of(const struct call *c, const struct set *set);

/*
 * Checks that its root directory is that of its mount namespace.  Entering another one would lift
 * a chroot.  The process cannot check it itself: /proc/self/root is shown relative to its own root,
 * and so is "/" in every chroot.  @from: the namespaces that it is in, as far as they are known (0:
 * not); the others are read.  Returns 0, -ENOTSUP for a chroot, or -errno.
 */
int caller_check_root(const struct call *c, const struct ns_inodes *from, struct nsi_fail *f);

/*
 * Checks that the process may enter @target (NULL: no set).  It may not while it is in the set of
 * another session that it has opened: that session's programs would be started in @target.
 * With @stays the process does not move: then only a session of another user counts, in whose
 * set this one would run.
 * Returns 0 or -EBUSY.
 */
int caller_check_sessions(const struct call *c, const struct set *target, bool stays,
			  struct nsi_fail *f);

/* Whether a login from inside a PID namespace can enter that of a set. */
enum nested {
	NESTED_NOT,     /* it can enter @target (0: one yet to be made) */
	NESTED_SIBLING, /* it is in another PID namespace, which setns(2) cannot leave upwards */
};
enum nested caller_is_nested(const struct call *c, uint64_t target);

/* Reads the control groups of the process into c->cgroups (caller_job.c).  Returns 0 or -errno. */
int job_read_groups(struct call *c, struct nsi_fail *f);

/* Fills c->job by @policy, which has scope = "job".  Returns 0 or -errno. */
int job_of_call(struct call *c, const struct pol_image *image, const struct pol_policy *policy,
		struct nsi_fail *f);

#endif /* NSI_CALLER_H */
