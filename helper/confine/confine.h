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

/*
 * DOC: Landlock
 *
 * landlock(7) takes away from a process, for good, every file but those below the places that it
 * names: on Linux 5.13 and later, if the kernel has it in its list of security modules.  The kernel
 * is asked for all that it can restrict.  The process
 * also loses its way to other processes (signals and abstract sockets, Linux 6.12) and to TCP (6.7).
 * A kernel without Landlock restricts nothing, which is no failure: docs/security.md says so.
 */
enum landlock_access {
	LANDLOCK_TO_READ,
	LANDLOCK_TO_WRITE, /* and to read, make, move and remove */
};

struct landlock_place {
	const char *path; /* a place that does not exist is ignored; NULL: the descriptor */
	int fd;           /* of a directory or file, any flags */
	enum landlock_access access;
};

enum landlock_demands {
	/*
	 * The process moves files between directories, which Landlock allows since Linux 5.19; on an
	 * earlier kernel nothing is restricted.
	 */
	LANDLOCK_MOVES = 1 << 0,
	LANDLOCK_CONNECTS = 1 << 1, /* to servers, by TCP and by abstract sockets */
};

/*
 * Limits this process to @places; @demands is a mask of enum landlock_demands.  Sets no_new_privs.
 * Returns 0 or -errno.
 */
int landlock_limit(const struct landlock_place *places, unsigned count, unsigned demands,
		   struct nsi_fail *f);

/* Limits this process to reading files, of any place; otherwise as landlock_limit(). */
int landlock_limit_to_reading(unsigned demands, struct nsi_fail *f);

#endif /* NSI_CONFINE_H */
