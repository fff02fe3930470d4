/* SPDX-License-Identifier: MIT */
/* Root over the namespaces of a set with user = "delegate" */
#ifndef NSI_CTL_DELEGATED_H
#define NSI_CTL_DELEGATED_H

/*
 * "enter --root" by an ordinary user, in a session whose policy says user = "delegate":
 * enters the user namespace that owns the session's and that is the user's own, takes a
 * copy of the mounts, and runs @argv there, or a shell.  Returns an exit status; with
 * @operand not the caller's, CTL_NOT_PERMITTED.
 */
int delegated_enter(const char *operand, char **argv);

#endif /* NSI_CTL_DELEGATED_H */
