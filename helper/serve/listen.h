/* SPDX-License-Identifier: MIT */
/* The socket of the helper */
#ifndef NSI_LISTEN_H
#define NSI_LISTEN_H

#include <stdbool.h>

struct helper;
struct nsi_fail;

/* The socket that systemd handed over (sd_listen_fds(3)), -ENOENT if none, -ENOTSOCK if a wrong one. */
int listen_from_systemd(void);

/* Makes <rundir>/helper.sock, for root alone; one that a dead helper left is replaced. */
int listen_own(struct helper *h, struct nsi_fail *f);

/*
 * No call is taken any more.  A socket of our own goes, those that wait at it are
 * served; systemd's stays, and whoever waits there finds the next helper.
 */
void listen_stop(struct helper *h);

/*
 * Another helper has the rundir: waits a little until it answers or gives the lock
 * up.  Returns false in the second case.  Where it answers, the login that started
 * this one, which is told by our end, finds it at once and starts no third one.
 */
bool listen_wait_for_other(const char *rundir, int lock_fd);

/* Accepts on @sock from now on.  Returns 0 or -errno. */
int listen_start(struct helper *h, int sock, struct nsi_fail *f);

/* Tells systemd how things stand (sd_notify(3)): "READY=1", "RELOADING=1", "STOPPING=1". */
void listen_notify(const char *state);

/* "RELOADING=1", with the time that systemd 253 and later want beside it. */
void listen_notify_reloading(void);

#endif /* NSI_LISTEN_H */
