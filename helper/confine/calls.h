/* SPDX-License-Identifier: MIT */
/* The lists of system calls */
#ifndef NSI_CONFINE_CALLS_H
#define NSI_CONFINE_CALLS_H

#include "confine/confine.h"

enum confine_others {
	CONFINE_ALLOW, /* the list is of calls that are refused */
	CONFINE_TRAP,  /* SIGSYS, which refuse.c handles */
	CONFINE_KILL   /* for a process that blocks all signals */
};

struct confine_list {
	const char *name;           /* of the process, 15 bytes at most */
	enum confine_others others; /* the calls that are not listed */
	const char *const *calls;   /* ended by NULL */
};

/* By enum confine_process. */
extern const struct confine_list confine_lists[CONFINE_PROCESSES];

/* The calls of a group, "@NAME", ended by NULL; NULL if there is no such group. */
const char *const *confine_group(const char *name);

/* Calls that end a process whose list does not have them; ended by NULL. */
extern const char *const confine_never[];

/* "NAME:WORD" in a list: the call with one argument restricted. */
struct confine_limit {
	const char *call; /* as in the lists */
	unsigned argument;
	unsigned long mask; /* of the argument */
	unsigned long value;
	bool is_other; /* the masked argument must be another value */
};

/* Returns NULL for a call without a restriction. */
const struct confine_limit *confine_limit_of(const char *call);

/* The number of a call that is younger than libseccomp; the same on all machines.  -1: unknown. */
int confine_number_of_new(const char *name);

/*
 * Handles SIGSYS in this process, @name in the log: logs the call, and has it fail or ends the
 * process, as confine.h says.  Returns 0 or -errno.
 */
int refuse_watch(const char *name);

/* The number of a call of calls.c on this machine; below zero: it has none. */
int filter_number(const char *call);

#endif /* NSI_CONFINE_CALLS_H */
