/* SPDX-License-Identifier: MIT */
/* A command run as another user, and its exit status */
#ifndef NSI_CTL_COMMAND_H
#define NSI_CTL_COMMAND_H

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

#endif /* NSI_CTL_COMMAND_H */
