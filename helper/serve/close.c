/* SPDX-License-Identifier: MIT */
/* The close of a session, and what an administrator asks for */

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "host/host.h"
#include "log/log.h"
#include "policy/image.h"
#include "serve/call.h"
#include "serve/caller.h"
#include "serve/open.h"
#include "serve/origin.h"
#include "sets/all.h"
#include "sets/joinable.h"
#include "sets/session.h"

/*
 * The types that a close changes, and their target: @origin becomes the host where the sessions of the
 * set that it names are over.  That set is going to end, or has ended, and nobody would
 * bring the process out of it.
 */
static uint32_t close_find_way(struct call *c, const struct session *s, struct origin *origin)
{
	uint32_t types = s->set ? s->set->rec.types : ns_bit(NS_TYPE_MAX) - 1;
	const struct set *set = origin->type == ORIGIN_SET ? set_by_id(c->sets, origin->set) : NULL;

	if (s->set && (types & ns_bit(NS_USER)))
		return 0; /* nobody leaves a user namespace: it stays where it is */
	if (origin->type != ORIGIN_SET || (set && set->session_count > 0))
		return types;
	/* Nobody leaves the PID namespace that they were born in either. */
	if (caller_is_nested(c, 0) == NESTED_SIBLING)
		return types;
	*origin = (struct origin){.type = ORIGIN_HOST, .ns = c->sets->host.ns};
	return ns_bit(NS_TYPE_MAX) - 1;
}

/* Answers a close with the way back to where the process came from; false if it is gone. */
static bool close_send_back(struct call *c, const struct session *s, const struct nsi_close *m)
{
	struct nsi_reply reply = {.h = wire_header(NSI_ENTER)};
	struct origin origin = s->origin; /* the descriptors stay the session's */
	uint32_t types = close_find_way(c, s, &origin);
	struct ns_inodes now = m->now;
	struct nsi_fail f = {""};
	int fds[NS_TYPE_MAX];
	unsigned count = 0;
	bool is_inside; /* at the root directory of the set: so in no chroot, as nearly all are */

	reply.to = origin_place(c->sets, &origin);
	is_inside =
		types && s->set && s->origin.type == ORIGIN_HOST && caller_is_at_root_of(c, s->set);
	if (!is_inside)
		origin_complete(c->pid, types,
				&now); /* else they differ, and it is sent all the way */
	for (int type = 0; type < NS_TYPE_MAX; type++)
		if ((types & ns_bit(type)) && (is_inside || now.ino[type] != reply.to.ino[type]))
			reply.types |= ns_bit(type);
	if (reply.types && (is_inside || caller_check_root(c, &now, &f) == 0))
		count = c->is_by_type ? origin_open_way(c->sets, &origin, reply.types, fds)
				      : origin_way(c->sets, &origin, reply.types, fds);
	if (count == 0 && reply.types) {
		reply.h.type = NSI_SKIP;
		(void)fail_set(&f, ESRCH, "they are gone");
		(void)snprintf(reply.text, sizeof(reply.text), "%s", f.what);
	}
	call_reply(c, &reply, fds, count);
	if (c->is_by_type)
		origin_close(fds, count);
	return count > 0 || reply.types == 0;
}

void close_by_type(struct call *c)
{
	const struct nsi_close now = {0}; /* it is where it was */
	const struct session *s = session_by_id(c->sets, c->session_set, c->session_id);

	c->is_by_type = true;
	if (!s || !close_send_back(c, s, &now))
		call_free(c);
}

/* Answers the close of a session beside which its process has another in the same set: it stays. */
static void close_stay_for(struct call *c, struct session *s, struct session *other)
{
	struct nsi_reply reply = {.h = wire_header(NSI_ENTER)};

	session_hand_over(s, other);
	call_reply(c, &reply, NULL, 0);
}

/* Answers the close of @s; false if its process has no way back. */
static bool close_answer(struct call *c, struct session *s, const struct nsi_close *m)
{
	struct session *other = s->set ? session_beside(s, c->pid) : NULL;

	if (!other)
		return close_send_back(c, s, m);
	close_stay_for(c, s, other);
	return true;
}

static void close_begin(struct call *c, const struct nsi_close *m)
{
	c->state = CALL_CLOSING;
	c->session_set = m->set;
	c->session_id = m->session;
	call_rest(c);
}

/*
 * Answers the close of a session that has joined by the page and is not collected yet: its process would wait
 * for all that is written about it then.  Returns false if it is not such a one.
 */
static bool close_joined(struct call *c, const struct nsi_close *m)
{
	const struct session joined = {
		.set = set_by_id(c->sets, m->set),
		.origin = {.type = ORIGIN_HOST, .ns = c->sets->host.ns},
	};
	int slot = joined.set ? joined_find(c->sets, m->set, m->session, c->pid) : -ENOENT;
	bool is_sent;

	if (slot < 0)
		return false;
	c->closes_in = joined.set;
	is_sent = close_send_back(c, &joined, m);
	c->closes_in = NULL;
	if (is_sent) {
		joined_keep_process(c->sets, (unsigned)slot, c->peer);
		close_begin(c, m);
	} else {
		call_free(c);
	}
	return true;
}

/*
 * The session is over when its process has left, which the end of the connection
 * says: until then it is in the set, and must not be taken for a leftover that
 * on_last_close = "kill" is about.  A process that cannot leave has its session until it ends.
 */
void close_session(struct call *c, const struct nsi_close *m)
{
	struct session *s = session_by_id(c->sets, m->set, m->session);

	if (!s && close_joined(c, m))
		return;
	if (!s) {
		joined_on_turn(&c->sets->loop);
		s = session_by_id(c->sets, m->set, m->session);
	}
	if (!s) {
		call_skip(c, "there is no such session any more");
		return;
	}
	if (c->pid == s->rec.pid) /* only the process that opened it was moved */
		limit_return(s);
	if (!close_answer(c, s, m)) {
		call_free(c);
		return;
	}
	session_unwatch(s); /* a process that closes and exits has closed */
	close_begin(c, m);
}

void close_finished(struct call *c)
{
	struct session *s = session_by_id(c->sets, c->session_set, c->session_id);
	int pid = c->pid;

	call_free(c);
	if (!s) /* its process has ended meanwhile */
		return;
	/* Where setns(2) was refused, the process is still inside: it may stay until it ends. */
	if (s->set && s->set->rec.on_last_close == POL_LAST_KILL && !session_beside(s, pid) &&
	    session_is_inside(s, pid))
		return;
	session_end(s);
}

/* Gives later logins a new set; present sessions stay in this one. */
static void close_retire_set(struct call *c, struct set *set)
{
	struct nsi_reply done = {.h = wire_header(NSI_DONE)};
	struct nsi_fail f = {""};
	int r;

	set->rec.is_retired = true;
	joinable_withdraw(set);
	r = set_write_record(set);
	if (r < 0) {
		set->rec.is_retired = false;
		(void)fail_errno(&f, r, "cannot write the record of set %" PRIu64, set->rec.id);
		call_refuse(c, NSI_CAUSE_SYSTEM, &f);
		return;
	}
	log_line(LOG_NOTICE,
		 "set=%" PRIu64 " is joined by no more logins: an administrator asked for that",
		 set->rec.id);
	call_reply(c, &done, NULL, 0);
	call_free(c);
}

void close_set(struct call *c, const struct nsi_retire *m)
{
	struct nsi_reply done = {.h = wire_header(NSI_DONE)};
	struct set *set = set_by_id(c->sets, m->set);
	struct nsi_fail f = {""};

	if (!set) {
		(void)fail_set(&f, ENOENT, "there is no set %" PRIu64, m->set);
		call_refuse(c, NSI_CAUSE_SYSTEM, &f);
		return;
	}
	if (set->state == SET_BUILDING) {
		(void)fail_set(&f, EBUSY, "set %" PRIu64 " is being built for a login", m->set);
		call_refuse(c, NSI_CAUSE_POLICY, &f);
		return;
	}
	if (m->refresh) {
		close_retire_set(c, set);
		return;
	}
	joinable_settle(set); /* who has joined it is known now */
	if (set->session_count > 0 && !m->force) {
		(void)fail_set(&f, EBUSY, "set %" PRIu64 " has %u session%s; --force ends them",
			       m->set, set->session_count, set->session_count == 1 ? "" : "s");
		call_refuse(c, NSI_CAUSE_POLICY, &f);
		return;
	}
	if (job_is_running(set) && !m->force) {
		(void)fail_set(&f, EBUSY,
			       "set %" PRIu64 " is of job %s, which runs; --force ends it", m->set,
			       set->rec.job_name);
		call_refuse(c, NSI_CAUSE_POLICY, &f);
		return;
	}
	log_line(LOG_NOTICE, "set=%" PRIu64 " is ended by an administrator", m->set);
	set_step(set, SET_CLOSE);
	call_reply(c, &done, NULL, 0);
	call_free(c);
}

void collect_garbage(struct call *c)
{
	struct nsi_reply done = {.h = wire_header(NSI_DONE)};

	scanner_start(&c->sets->scanner);
	sweeper_start(&c->sets->sweeper);
	call_reply(c, &done, NULL, 0);
	call_free(c);
}
