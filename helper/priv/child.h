/* SPDX-License-Identifier: MIT */
/* Children of the helper, with no more than they need */
#ifndef NSI_CHILD_H
#define NSI_CHILD_H

#include <stdint.h>
#include <sys/types.h>

/*
 * clone3(2) with CLONE_PIDFD and these CLONE_NEW* flags, as fork(2) otherwise.
 * Returns 0 in the child, its pid with the pidfd (close-on-exec) in the parent,
 * or -errno.
 */
pid_t child_fork(uint64_t flags, int *ret_pidfd);

/*
 * First thing in a child: puts /dev/null on 0 to 2, closes every other descriptor
 * but the @count in @keep, which it moves to 3 and up (the array is updated), and
 * unblocks the signals.  SIGPIPE stays ignored, until it is to execute a program of others.
 * Returns 0 or -errno.
 */
int child_isolate(int *keep, unsigned count);

/*
 * Takes the pidfd of a child that was killed, or is just ending, and sees to it that it is
 * reaped: within ten milliseconds if it can be, else along with one that comes later.  It does not
 * wait any longer: a process that hangs in the kernel must not hold up anybody's login.
 */
void child_reap(int *pidfd);

#endif /* NSI_CHILD_H */
