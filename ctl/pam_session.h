/* SPDX-License-Identifier: MIT */
/* Sessions that the command opens, as the PAM module does */
#ifndef NSI_CTL_SESSION_H
#define NSI_CTL_SESSION_H

#include "login/args.h"
#include "login/client.h"
#include "login/place.h"

struct ctl;
struct login;
struct nsi_fail;

struct ctl_session {
	struct module_args args;
	struct place place;
	struct nsi_reply reply; /* NSI_ENTER, NSI_SKIP or NSI_REFUSED */
};

void session_init(struct ctl_session *s, const struct ctl *ctl);
void session_done(struct ctl_session *s);

/*
 * Asks the helper, starts one if necessary, and enters the set of its reply.  Returns 0 with
 * s->reply, or -errno; this process has moved only if the reply is NSI_ENTER.
 */
int session_open(struct ctl_session *s, const struct login *login, struct nsi_fail *f);

/* Ends the session.  Without this call, the helper ends it when this process ends. */
void session_close(struct ctl_session *s);

/*
 * Sends one message and receives one answer; starts a helper if necessary.
 * Returns 0 with the answer in @ret, or -errno.
 */
int session_ask(const struct ctl *ctl, const struct nsi_header *m, struct nsi_reply *ret,
		struct nsi_fail *f);

/*
 * Has a helper that runs record the logins that joined without it (join/page.h), so that what is read
 * then is complete.  Waits for a second at most.
 */
void session_settle(const struct ctl *ctl);

/* Whether a helper answers.  Returns 0, CLIENT_NO_HELPER, or -errno. */
int session_ping(const struct ctl *ctl, struct nsi_fail *f);

#endif /* NSI_CTL_SESSION_H */
