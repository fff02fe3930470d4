/* SPDX-License-Identifier: MIT */
/* Sets that logins may join by the page of joins */
#ifndef NSI_SETS_JOINABLE_H
#define NSI_SETS_JOINABLE_H

#include <stdint.h>

struct loop;
struct nsi_open;
struct set;
struct sets;
struct timer;

/*
 * DOC: who may join by the page
 *
 * join/page.h has the protocol.  An entry is published behind a login that has gone the usual
 * way, for others like it, if nothing but the set itself would be asked again: a live
 * set with a mount namespace that several sessions share, by a rule that needs no groups and by a policy
 * without limits, import and user = "map", from the host's namespaces, with a view in which nothing
 * has changed since it was looked at, and far from max_sessions.  It is withdrawn when
 * any of this ends.  All other logins ask the helper, as do these after a withdrawal, but for
 * one: what was withdrawn because the view has changed is published again when the helper has
 * looked at the view.  On a host that mounts often (homes by autofs, containers) every join
 * would ask the helper otherwise.
 */

/* Publishes an entry for logins that are equal to @open, which has just entered @set by @rule. */
void joinable_offer(struct set *set, const struct nsi_open *open, const char *rule);

/* From now on nobody joins @set by the page; who has done so is in a slot. */
void joinable_withdraw(struct set *set);

/* The same until joinable_renew(): the view of @set has changed, and is to be looked at. */
void joinable_suspend(struct set *set);

/* The view of @set has been looked at: what joinable_suspend() withdrew is published with its mounts of now. */
void joinable_renew(struct set *set);

/*
 * For a set without a session that is known: withdraws it, and makes sessions of all slots
 * (joined_take_all()).  session_count is then what it is, and stays so.
 */
void joinable_settle(struct set *set);

/* @uid has one more session in @set: max_sessions may be near, and is exact in the helper alone. */
void joinable_check_room(struct set *set, uint32_t uid);

/* Makes sessions of all slots that are entering or inside; safe while a session begins or ends. */
void joined_take_all(struct sets *sets);

/* The same, and ends those of logins that have left, or were killed. */
void joined_collect(struct sets *sets);

/* The handler of a turn of the sets' loop: collects if a login has changed a slot since the last time. */
void joined_on_turn(struct loop *l);

/* The handler of joins.look. */
void joined_on_look(struct timer *t);

/* Makes the sessions of an adopted set that only the slots of the earlier helper's page tell of. */
void joined_adopt(struct set *set);

/*
 * The slot of the session @session of a set, which has joined by the page, is not collected yet, and is the
 * only one of the process @pid; or -ENOENT.
 */
int joined_find(struct sets *sets, uint64_t set, uint64_t session, int pid);

/*
 * The session of this slot is being closed: it is made with a copy of @pidfd when it is collected, as its process may
 * have ended by then, and is not watched.
 */
void joined_keep_process(struct sets *sets, unsigned slot, int pidfd);

#endif /* NSI_SETS_JOINABLE_H */
