/* SPDX-License-Identifier: MIT */
/* The count of sessions for max_sessions */
#ifndef NSI_LOGINS_H
#define NSI_LOGINS_H

#include <stdbool.h>
#include <stdint.h>

struct sets;
struct ns_inodes;
struct session;
struct set;

/*
 * DOC: what counts as a login
 *
 * max_sessions bounds how often a user is logged in, so a session counts unless it is part of
 * a login that counts already:
 *
 * - one of a service that systemd opens beside every login ("systemd-user") never counts;
 * - one that is opened from inside a set of the same user and policy (su, sudo) does not count
 *   as long as that set has another session.  When that one has ended, it counts itself, so
 *   that nobody gains a login by ending the first.
 *
 * With scope = "session" a set is one login's.  If the process that opened the session was
 * killed, the login lasts until the last process of the set has ended: is_orphaned of its record.  A
 * set that several sessions share does not tell whose process is whose; there a session is
 * over with the process that opened it.
 */

/* The logins of @uid in sets of @policy. */
unsigned logins_count(const struct sets *sets, uint32_t uid, const char *policy);

/*
 * Whether a session of @uid for @service, which is yet to be opened from the namespaces @from,
 * is part of a login that counts already.
 */
bool logins_is_part(struct sets *sets, uint32_t uid, const char *service, const char *policy,
		    const struct ns_inodes *from);

/*
 * Notes that the process of @s ended before it closed the session; call it before
 * session_free().  Returns whether the login goes on without that process.
 */
bool logins_lose_opener(struct set *set, const char *service);

#endif /* NSI_LOGINS_H */
