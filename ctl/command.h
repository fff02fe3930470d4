/* SPDX-License-Identifier: MIT */
/* A command run as another user, and its exit status */
#ifndef NSI_CTL_COMMAND_H
#define NSI_CTL_COMMAND_H

#include <sys/types.h>

struct ctl;
struct nsi_fail;
struct person;

struct command {
	const struct person *who;
	char *const *argv; /* NULL at its start: the person's shell, as a login shell */
	const char *set;   /* its id; "" for none */
	const char *policy;
};

/*
 * Runs @c in a child, so that PID and time namespaces take effect, and waits.
 * A shell keeps the terminal; a command of another user gets a session of its own, and
 * the terminal's signals, SIGTERM and SIGHUP are forwarded to it.
 * Returns its exit status, 128 and the signal that killed it, CTL_NO_COMMAND,
 * CTL_CANNOT_EXEC or CTL_SYSTEM; failures of its own are reported on stderr.
 */
int command_run(const struct command *c);

/*
 * "enter --root" by an ordinary user, in a session whose policy says user = "delegate":
 * enters the user namespace that owns the session's and that is the user's own, takes a
 * copy of the mounts, and runs @argv there, or a shell.  Returns an exit status; with
 * @operand not the caller's, CTL_NOT_PERMITTED.
 */
int delegated_enter(const char *operand, char **argv);

/*
 * Moves this process into the control groups of @job, beside a process of it: of user @uid if there
 * is one.  A job is known by the sets that belong to it.
 * Returns 0, -ENOENT if no live set does, -ESRCH if the job has no process, or another -errno.
 */
int job_enter(const struct ctl *ctl, const char *job, uid_t uid, struct nsi_fail *f);

#endif /* NSI_CTL_COMMAND_H */
