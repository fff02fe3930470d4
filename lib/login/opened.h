/* SPDX-License-Identifier: MIT */
/* The lines of the log about an opened and a closed session */
#ifndef NSI_LOGIN_OPENED_H
#define NSI_LOGIN_OPENED_H

#include <stdbool.h>
#include <stdint.h>

/* The subject of the line.  Texts are borrowed. */
struct opened {
	const char *user, *service, *rule;
	const char *policy; /* NULL: the session stays on the host, by action = "host" */
	const char *remark; /* stands behind the line; "": none */
	uint64_t set;
	uint32_t uid;
	uint32_t types, missing; /* of namespaces; missing: the kernel refused them */
	uint32_t took_us;        /* from the call of the module to the end of the way in */
	int process;             /* that opened it; 0: the one that logs the line */
	bool joined;             /* a set that was there before */
};

enum {
	OPENED_SIZE = 2048,
	CLOSED_SIZE = 640
};

/*
 * Writes the line into @buf of OPENED_SIZE bytes, without an end of line.  Names that a user may
 * have chosen are escaped.  The module logs it, or, for a join by the page of joins, the helper: one
 * form for both.  Returns @buf.
 */
const char *opened_format(char buf[OPENED_SIZE], const struct opened *o);

/*
 * The same for a closed session; @process as in struct opened.  The module logs it, or, for a close by the page of joins,
 * the helper.
 */
const char *closed_format(char buf[CLOSED_SIZE], const char *user, uint32_t uid, uint64_t set,
			  int process);

#endif /* NSI_LOGIN_OPENED_H */
