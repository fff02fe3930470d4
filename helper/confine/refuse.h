/* SPDX-License-Identifier: MIT */
/* The answer to a system call that is not in a process's list */
#ifndef NSI_CONFINE_REFUSE_H
#define NSI_CONFINE_REFUSE_H

/*
 * Handles SIGSYS in this process, @name in the log: logs the call, and has it fail or ends the
 * process, as confine.h says.  Returns 0 or -errno.
 */
int refuse_watch(const char *name);

/* The number of a call of calls.c on this machine; below zero: it has none. */
int filter_number(const char *call);

#endif /* NSI_CONFINE_REFUSE_H */
