/* SPDX-License-Identifier: MIT */
/* The application of a policy's limits to a login */
#ifndef NSI_SERVE_LIMIT_H
#define NSI_SERVE_LIMIT_H

struct call;
struct nsi_fail;
struct pol_policy;
struct session;
struct set_key;

/* Positive outcome of limit_begin(): a child works; open_decide() continues the request. */
enum {
	LIMIT_WAIT = 1
};

/*
 * Starts to apply the limits to the login, before its set is looked up, as the set takes the
 * login's control group.  Returns 0 if there is nothing to do, LIMIT_WAIT, or -errno.
 */
int limit_begin(struct call *c, const struct pol_policy *policy, const struct set_key *key,
		struct nsi_fail *f);

/* Moves the process of a session that did not begin, or closes, back to its former control group. */
void limit_return(const struct session *s);

/* Undoes the limits of a request that ends without a session. */
void limit_drop(struct call *c);

#endif /* NSI_SERVE_LIMIT_H */
