/* SPDX-License-Identifier: MIT */
/* The socket of the helper */
#ifndef NSI_LISTEN_H
#define NSI_LISTEN_H

#include <stdbool.h>

struct server;
struct nsi_fail;

/*
 * Returns the socket that systemd has passed (sd_listen_fds(3)), -ENOENT if there is none, or
 * -ENOTSOCK if it is of another kind.
 */
int listen_from_systemd(void);

/*
 * Makes <rundir>/helper.sock, for root alone, in place of one that a dead helper has left.
 * Returns the listening socket or -errno.
 */
int listen_own(struct server *s, struct nsi_fail *f);

/*
 * Stops accepting requests.  A socket of our own is removed after its waiting connections
 * are served; systemd's stays, and connections that wait there get the next helper.
 */
void listen_stop(struct server *s);

/*
 * Waits, for a limited time, until the other helper of the rundir answers or releases the
 * lock.  Returns false in the second case.  In the first, this process ends, and the login
 * that has started it connects to the other helper and starts no third one.
 */
bool listen_wait_for_other(const char *rundir, int lock_fd);

/* Accepts on @sock from now on.  Returns 0 or -errno. */
int listen_start(struct server *s, int sock, struct nsi_fail *f);

#endif /* NSI_LISTEN_H */
