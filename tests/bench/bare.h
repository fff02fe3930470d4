/* SPDX-License-Identifier: MIT */
/* The bare system calls that such a session needs, measured */
#ifndef NSI_BENCH_BARE_H
#define NSI_BENCH_BARE_H

#include "child.h"

/* Starts what bare_join() talks to: a process that holds a set and hands it out.  0 or -1. */
int bare_start(void);
void bare_stop(void);

/*
 * Five lines of system calls, each a child_fn that takes no argument.
 *   unshare   unshare(mount, IPC, UTS), slave, two tmpfs, hostname: in place
 *   join      socket, own pidfd over it, the set's pidfd back, setns; the same again to close
 *   first     clone3 into mount, IPC, UTS; slave, two tmpfs, hostname; pipe; setns
 *   turns     a message to a process, on to another, back, and back: the four hand-overs of a first
 *             login by a spare anchor, between processes that do nothing else
 *   urgent    the same, with the other two at a real-time priority, and a caller that does not sleep
 */
void bare_unshare(const void *none, struct timing *t, void (*hold)(struct timing *));
void bare_join(const void *none, struct timing *t, void (*hold)(struct timing *));
void bare_first(const void *none, struct timing *t, void (*hold)(struct timing *));
void bare_turns(const void *none, struct timing *t, void (*hold)(struct timing *));
void bare_urgent(const void *none, struct timing *t, void (*hold)(struct timing *));

#endif /* NSI_BENCH_BARE_H */
