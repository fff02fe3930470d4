/* SPDX-License-Identifier: MIT */
/* The start of a helper from a process that is not ours */
#ifndef NSI_LOGIN_SPAWN_H
#define NSI_LOGIN_SPAWN_H

struct module_args;
struct nsi_fail;

/*
 * Starts the helper with one end of a new SOCK_SEQPACKET pair as its first
 * connection.  The helper gets a fixed environment, /dev/null for its standard
 * streams, none of the host's descriptors, signal dispositions or mask, and is
 * not a child of this process: cron waits for all of its children for ever, and
 * a host's SIGCHLD handler is none of our business.
 *
 * Returns the other end (the caller closes it; the helper may still decline by
 * closing its own, when another one was faster), or -errno.
 */
int spawn_helper(const struct module_args *args, struct nsi_fail *f);

#endif /* NSI_LOGIN_SPAWN_H */
