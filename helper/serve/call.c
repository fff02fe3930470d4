/* SPDX-License-Identifier: MIT */
#include "serve/call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "log/log.h"
#include "serve/open.h"
#include "serve/server.h"
#include "sets/all.h"
#include "sets/joinable.h"
#include "sets/session.h"
#include "state/decisions.h"
#include "state/waits.h"

/* A login goes on for some 100 us behind its answer, on the processor that the helper would take. */
static const uint64_t rest_us = 2000;

static enum decision_outcome call_outcome(const struct nsi_reply *reply)
{
	if (reply->h.type == NSI_ENTER)
		return reply->set == 0 ? DECISION_HOST
		       : reply->joined ? DECISION_JOINED
				       : DECISION_ENTERED;
	if (reply->h.type == NSI_SKIP)
		return DECISION_SKIPPED;
	return reply->allow ? DECISION_ALLOWED : DECISION_REFUSED;
}

static void call_cut(char *to, size_t size, const char *text)
{
	(void)snprintf(to, size, "%.*s", (int)size - 1, text);
}

/* Keeps the answer to a login for "nsisolate why". */
static void call_note(struct call *c, const struct nsi_reply *reply)
{
	struct decision d = {
		.set = reply->set,
		.uid = c->open.uid,
		.outcome = call_outcome(reply),
		.cause = reply->cause,
	};
	int r;

	call_cut(d.user, sizeof(d.user), c->open.user);
	call_cut(d.service, sizeof(d.service), c->open.service);
	call_cut(d.tty, sizeof(d.tty), c->open.tty);
	call_cut(d.rhost, sizeof(d.rhost), c->open.rhost);
	call_cut(d.policy, sizeof(d.policy), c->policy);
	call_cut(d.rule, sizeof(d.rule), reply->rule);
	call_cut(d.text, sizeof(d.text), reply->text);
	r = decisions_note(&c->server->decisions, &d);
	if (r < 0)
		log_line(LOG_WARNING, "cannot keep a decision in %s/" DECISIONS_FILE ": %s",
			 c->sets->host.rundir, strerrordesc_np(-r));
}

/* How long a login that gets in has waited; a failure to write is made good by the next one. */
static void call_note_wait(struct call *c, const struct nsi_reply *reply)
{
	struct server *s = c->server;

	if (reply->h.type != NSI_ENTER || reply->set == 0 || s->waits_fd < 0)
		return;
	waits_add(&s->waits, reply->joined ? WAITS_JOINED : WAITS_NEW,
		  clock_now_us() - c->since_us);
	(void)waits_write(s->waits_fd, &s->waits);
}

void call_reply(struct call *c, const struct nsi_reply *reply, const int *fds, unsigned count)
{
	int r = wire_send(c->sock.fd, &reply->h, fds, count);

	if (c->open.h.type == NSI_OPEN && reply->h.type != NSI_NEED) {
		call_note(c, reply);
		call_note_wait(c, reply);
	}
	if (r < 0 && r != -EPIPE)
		log_line(LOG_WARNING, "cannot answer process %d: %s", c->pid, strerrordesc_np(-r));
}

void call_rest(struct call *c)
{
	loop_remove(&c->sets->loop, &c->sock);
	loop_arm(&c->sets->loop, &c->rest, rest_us);
}

/* Takes what its login has sent meanwhile. */
static void call_attend(struct call *c)
{
	struct session *s = NULL;

	loop_disarm(&c->sets->loop, &c->rest);
	joined_on_turn(&c->sets->loop); /* its session may not have been collected */
	if (c->state == CALL_CLOSING)
		s = session_by_id(c->sets, c->session_set, c->session_id);
	if (s)
		session_watch(s);
	(void)loop_add(&c->sets->loop, &c->sock, EPOLLIN); /* or its process tells */
	c->sock.ready(&c->sock);
}

static void call_on_rested(struct timer *t)
{
	call_attend(loop_owner(t, struct call, rest));
}

/* Whether @c is an open that no open of user @uid by process @pid depends on: another user's, in a set of theirs alone. */
static bool call_is_apart(const struct call *c, uint32_t uid, int pid)
{
	const struct set *set = c->session_set ? set_by_id(c->sets, c->session_set) : NULL;

	return c->state == CALL_REPLIED && c->open.uid != uid && c->pid != pid && set &&
	       (set->rec.scope == POL_SCOPE_USER || set->rec.scope == POL_SCOPE_SESSION);
}

static struct call *call_first_at_rest(const struct call *for_open, const struct nsi_open *open)
{
	struct call *c;

	LIST_FOREACH (c, &for_open->server->calls, link)
		if (c->rest.due_us && !(open && call_is_apart(c, open->uid, for_open->pid)))
			return c;
	return NULL;
}

void call_attend_others(struct call *c, const struct nsi_open *open)
{
	struct call *other;

	while ((other = call_first_at_rest(c, open)) != NULL)
		call_attend(other); /* which may free it */
	loop_run_jobs(&c->sets->loop);
}

/* Whether @c has been answered, and is not the open of the session that @m closes. */
static bool call_is_of_other_session(const struct call *c, const struct nsi_close *m)
{
	if (c->state == CALL_REPLIED)
		return c->session_set != m->set || c->session_id != m->session;
	return c->state == CALL_CLOSING;
}

void call_attend_process(struct call *c, const struct nsi_close *m)
{
	struct call *next;

	for (struct call *other = LIST_FIRST(&c->server->calls); other; other = next) {
		next = LIST_NEXT(other, link);
		if (other == c || other->pid != c->pid || !call_is_of_other_session(other, m))
			continue;
		/* Either may free it.  A call that is no longer at rest is watched already. */
		if (other->rest.due_us)
			call_attend(other);
		else
			other->sock.ready(&other->sock);
	}
	loop_run_jobs(&c->sets->loop);
}

void call_refuse(struct call *c, enum nsi_cause cause, const struct nsi_fail *f)
{
	struct nsi_reply reply = {
		.h = wire_header(NSI_REFUSED),
		.cause = cause,
		.allow = c->allow && cause != NSI_CAUSE_POLICY,
	};

	(void)snprintf(reply.text, sizeof(reply.text), "%s", f->what);
	(void)text_copy(reply.rule, sizeof(reply.rule), c->rule);
	call_reply(c, &reply, NULL, 0);
	call_free(c);
}

void call_skip(struct call *c, const char *why)
{
	struct nsi_reply reply = {.h = wire_header(NSI_SKIP), .set = c->within};

	(void)snprintf(reply.text, sizeof(reply.text), "%s", why); /* cut short is fine */
	(void)text_copy(reply.rule, sizeof(reply.rule), c->rule);
	call_reply(c, &reply, NULL, 0);
	call_free(c);
}

void call_free(struct call *c)
{
	LIST_REMOVE(c, link);
	set_unwait(&c->sets->loop, &c->wait);
	loop_unpost(&c->sets->loop, &c->resume);
	work_cancel(&c->work);
	if (c->import_set)
		import_drop(c);
	if (c->limits.holds)
		limit_drop(c);
	loop_disarm(&c->sets->loop, &c->rest);
	loop_remove(&c->sets->loop, &c->sock);
	nsi_closep(&c->sock.fd);
	nsi_closep(&c->pidfd);
	nsi_closep(&c->peer);
	free(c->cgroups);
	free(c->user.groups);
	free(c->caller.groups);
	free(c);
}

struct call *call_new(struct server *s, int sock)
{
	struct call *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	*c = (struct call){
		.server = s,
		.sets = s->sets,
		.peer = -EBADF,
		.pidfd = -EBADF,
		.work = WORK_NONE,
		.import_go = -EBADF,
		.sock = {.fd = sock},
		.wait = {.job.run = open_on_set},
		.resume = {.run = open_on_turn},
		.rest = {.fire = call_on_rested},
	};
	LIST_INSERT_HEAD(&s->calls, c, link);
	return c;
}
