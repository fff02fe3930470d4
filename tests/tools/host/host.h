/* SPDX-License-Identifier: MIT */
/* The PAM application of pamhost.c: its state, and what it does */
#ifndef NSI_TEST_HOST_H
#define NSI_TEST_HOST_H

#include <security/pam_appl.h>
#include <stdbool.h>

enum {
	PEOPLE_MAX = 8
};

/* The options of the host, and its progress. */
struct host {
	const char *service;
	const char *user;
	const char *confdir;
	const char *tty;
	const char *rhost;
	const char *ruser;
	const char *sigchld; /* ignore, nocldwait, reap, block */
	const char *cwd;
	const char *umask;
	const char *limit; /* NUMBER=VALUE: a soft limit, by the number of its RLIMIT_ */
	int block_all;
	int close_stdio;
	int delete_cwd;
	int in_worker;
	int no_conv;
	int silent;
	unsigned extra_fds;
	unsigned threads;
	unsigned alarm;
	int flags; /* of every call of PAM's */
	char **words;
	pam_handle_t *pamh;
	/* for "as": a handle for each word */
	struct person {
		const char *word;
		pam_handle_t *pamh;
	} people[PEOPLE_MAX];
	int failed;
};

/* Puts this process into the state that was asked for.  Returns 0, or -1 with errno. */
int host_prepare(const struct host *host);

/* Sets the soft limit that was asked for, or with @up the hard one.  Returns 0 or -1. */
int host_set_limit(const struct host *host, bool up);

/* Opens the handle of host->user, with its items.  Returns a code of PAM's. */
int host_start(struct host *host);

/* Leads @host through its words.  Returns how many operations of PAM's failed, -1 for a bad word. */
int host_walk(struct host *host);

#endif /* NSI_TEST_HOST_H */
