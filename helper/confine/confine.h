/* SPDX-License-Identifier: MIT */
/* The system calls that each process of the helper may make */
#ifndef NSI_CONFINE_H
#define NSI_CONFINE_H

#include <stdbool.h>

struct nsi_fail;

/*
 * DOC: filters of system calls
 *
 * Each process has a list of calls in calls.c.  A child enters its list as soon as it is set up, for
 * good (seccomp(2)), and what is not listed is refused:
 *
 *	a call that no process of ours ever needs (confine_never) ends the process
 *	any other call fails with EPERM
 *	a call that this version does not know by name fails with ENOSYS, so that a later C library
 *	falls back to the calls that it used before
 *
 * Each refusal is logged with the name of the process and of the call.  Tests accept none.
 *
 * The helper itself is different: the programs that it runs (hooks, pasta(1), nsisolate-limits)
 * inherit its filter.  It refuses the calls that none of them needs, with EPERM, and allows the rest.
 *
 * libseccomp compiles the lists, once for each helper (confine_prepare()).  A child installs a finished
 * program, which is one system call.  The program of anchors has a list of its own: anchor/allow.h.
 */
enum confine_process {
	CONFINE_HELPER,
	CONFINE_LOADER,   /* parses the policy */
	CONFINE_KEEPER,   /* copies the policy for a later start */
	CONFINE_RESOLVER, /* asks the name services for the loader and the keeper */
	CONFINE_SCANNER,
	CONFINE_SWEEPER,
	CONFINE_IMPORTER,
	CONFINE_VISITOR,
	CONFINE_ANCHOR,   /* that cannot execute the program of anchors */
	CONFINE_RULES,    /* loads rules of nftables */
	CONFINE_LAUNCHER, /* waits for a hook */
	CONFINE_PROCESSES
};

/*
 * Confines this process, the helper.  Needs no_new_privs.  A kernel without filters is logged, and
 * confines nobody.  Returns 0 or -errno.
 */
int confine_start(struct nsi_fail *f);

/* Compiles all lists, in a millisecond.  A child that comes before that compiles its own. */
void confine_prepare(void);

/*
 * Confines this child to its list and gives it its name (proc_pid_comm(5)).  Call log_forked() first:
 * a refusal is logged from here.  Returns 0, also in a process whose helper has not called
 * confine_start(), or -errno.
 */
int confine_become(enum confine_process process, struct nsi_fail *f);

#endif /* NSI_CONFINE_H */
