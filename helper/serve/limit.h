/* SPDX-License-Identifier: MIT */
/* The application of a policy's limits to a login */
#ifndef NSI_SERVE_LIMIT_H
#define NSI_SERVE_LIMIT_H

struct call;
struct nsi_fail;
struct pol_policy;
struct session;
struct set_key;

/* Positive outcome of limit_begin(): a child works; the call goes on with open_decide(). */
enum {
	LIMIT_WAIT = 1
};

/*
 * Before a set is looked for: its control group is to be the login's already.
 * Returns 0 if there is nothing to be done, LIMIT_WAIT, or -errno.
 */
int limit_begin(struct call *c, const struct pol_policy *policy, const struct set_key *key,
		struct nsi_fail *f);

/* Moves the process of a session that did not begin, or closes, back to where it came from. */
void limit_return(const struct session *s);

/* The call ends: what was begun for it and no session has taken over is undone. */
void limit_drop(struct call *c);

#endif /* NSI_SERVE_LIMIT_H */
