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
 * The first call in a child: opens /dev/null as 0 to 2, closes every other descriptor
 * except the @count in @keep, which it moves to 3 and up (the array is updated), and
 * unblocks the signals.  SIGPIPE stays ignored until the child executes another program.
 * Returns 0 or -errno.
 */
int child_isolate(int *keep, unsigned count);

/*
 * Consumes the pidfd of a child that was killed or is about to end, and reaps the child: within
 * ten milliseconds if possible, else together with a later one.  It does not wait longer, as a
 * process that hangs in the kernel must not delay logins.
 */
void child_reap(int *pidfd);

/*
 * The last call in a child: executes the program @path with standard descriptors alone, the usual PATH and @env, as
 * programs expect SIGPIPE.  Returns only if that fails, with -errno.
 */
int child_exec(const char *path, const char *const argv[], const char *const env[]);

#endif /* NSI_CHILD_H */
