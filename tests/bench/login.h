/* SPDX-License-Identifier: MIT */
/* The cost of a PAM stack for a login */
#ifndef NSI_BENCH_LOGIN_H
#define NSI_BENCH_LOGIN_H

#include <stdbool.h>

#include "child.h"

#define LOGIN_CONFDIR "/run/bench/pam.d"

struct login {
	const char *service;
	char user[32];
	bool must_isolate; /* it has failed if the mount namespace is still ours */
	bool must_not_close;
};

/* A service that has @lines as its stack. */
int login_write_service(const char *service, const char *lines);

/*
 * A child_fn.  Times pam_start() and pam_open_session() together, as libpam loads
 * the module in the first, and pam_close_session() and pam_end() together.  The work
 * of consumers before that (user looked up, syslog connected) is inherited.
 */
void login_run(const void *login, struct timing *t, void (*hold)(struct timing *));

/* Does once what children are to inherit. */
void login_warm(void);

/*
 * Does the work that a consumer has done when it opens a session: looks up users, logs lines,
 * loads modules, so that all of it is in memory.  A process fresh from fork(2) has none of it.
 */
void login_warm_process(void);

#endif /* NSI_BENCH_LOGIN_H */
