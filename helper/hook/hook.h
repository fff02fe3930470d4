/* SPDX-License-Identifier: MIT */
/* The administrator's programs that run when a set starts or ends */
#ifndef NSI_HOOK_H
#define NSI_HOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct nsi_fail;

/*
 * DOC: hooks
 *
 * A program of root's, by an absolute path of which only root can change a
 * component.  It runs as root with the capabilities of the process that runs it (the
 * helper's bounding set is empty, so after execve(2) none), /dev/null for its input
 * and output, "/" as its directory, a process group of its own, and nothing in its
 * environment but:
 *
 *   PATH NSISOLATE_EVENT (create, end) NSISOLATE_SET NSISOLATE_POLICY
 *   NSISOLATE_USER NSISOLATE_UID
 *
 * It has failed if it does not end with status 0 within its timeout; then its process
 * group is killed.
 */
struct hook {
	const char *event;
	const char *run;
	uint32_t timeout; /* seconds */
	uint64_t set;
	const char *policy;
	const char *user;
	uid_t uid;
	int place;        /* pidfd of a process whose namespaces it is to run in; -EBADF for ours */
	bool is_launcher; /* this process does nothing else: it loses all rights but to wait */
};

/* Runs it and waits.  Returns 0 or -errno with the reason in @f. */
int hook_run(const struct hook *hook, struct nsi_fail *f);

/*
 * Runs it in a process of its own that nobody waits for; a failure is logged.
 * Returns 0 or -errno.
 */
int hook_spawn(const struct hook *hook);

#endif /* NSI_HOOK_H */
