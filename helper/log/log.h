/* SPDX-License-Identifier: MIT */
/* Where does the helper say what it did? */
#ifndef NSI_LOG_H
#define NSI_LOG_H

#include <stdbool.h>
#include <syslog.h>

/*
 * Lines go to /dev/log as authpriv, on a socket that never blocks: a full or
 * stuck logger must not hold up a login (syslog(3) would wait for it).
 * Under systemd they go to standard error with the priority in front, as
 * sd-daemon(3) has it.
 */
void log_open(bool to_stderr);

/* In a child whose descriptors were closed: opens a socket of its own at the next line. */
void log_forked(void);

/* One line; control characters in it are replaced, so that a user's name cannot make two. */
void log_line(int priority, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif /* NSI_LOG_H */
