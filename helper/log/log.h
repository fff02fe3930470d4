/* SPDX-License-Identifier: MIT */
/* The log of the helper */
#ifndef NSI_LOG_H
#define NSI_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

/*
 * DOC: destinations
 *
 * To systemd's journal where there is one, in its own protocol, so that a line
 * about a set can be found by it (journalctl NSISOLATE_USER=alice); else to
 * /dev/log.  Both as authpriv, on a socket that never blocks: a full or stuck
 * logger must not hold up a login (syslog(3) would wait for it).  A helper in
 * the foreground writes to standard error.  The protocol is fixed and small, so
 * it is spoken here: libsystemd would be one more library in a root process.
 */

/* The subject of a line: fields of the journal.  Values of 0 or NULL are left out. */
struct log_about {
	uint64_t set;       /* NSISOLATE_SET= */
	const char *user;   /* NSISOLATE_USER= */
	const char *policy; /* NSISOLATE_POLICY= */
	const char *rule;   /* NSISOLATE_RULE= */
};

void log_open(bool to_stderr);

/* In a child whose descriptors were closed: opens a socket of its own at the next line. */
void log_forked(void);

/* Logs one line; control characters are replaced, so that a user's name cannot forge a second. */
void log_line(int priority, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* As log_line(), with fields of the journal. */
void log_about(const struct log_about *about, int priority, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* NSI_LOG_H */
