/* SPDX-License-Identifier: MIT */
/* The application of a policy's limits to a login */
#ifndef NSI_SERVE_LIMIT_H
#define NSI_SERVE_LIMIT_H

struct call;
struct open_run;
struct session;

/*
 * Starts a child that applies the policy's limits to the login, before its set is looked up, as the set takes the
 * login's control group.  Returns OPEN_NEXT if they are in force, OPEN_WAIT, or -errno.
 */
int limit_begin(struct open_run *o);

/* Moves the process of a session that did not begin, or closes, back to its former control group. */
void limit_return(const struct session *s);

/* Undoes the limits of a request that ends without a session. */
void limit_drop(struct call *c);

#endif /* NSI_SERVE_LIMIT_H */
