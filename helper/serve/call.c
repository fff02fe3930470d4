/* SPDX-License-Identifier: MIT */
#include "serve/call.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "log/log.h"
#include "serve/caller.h"
#include "serve/import.h"
#include "serve/limit.h"
#include "serve/server.h"
#include "sets/all.h"
#include "sets/session.h"
#include "state/decisions.h"

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

void call_reply(struct call *c, const struct nsi_reply *reply, const int *fds, unsigned count)
{
	int r = wire_send(c->sock.fd, &reply->h, fds, count);

	if (c->open.h.type == NSI_OPEN && reply->h.type != NSI_NEED)
		call_note(c, reply);
	if (r < 0 && r != -EPIPE)
		log_line(LOG_WARNING, "cannot answer process %d: %s", c->pid, strerrordesc_np(-r));
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
	struct call **at = &c->server->calls;

	while (*at && *at != c)
		at = &(*at)->next;
	if (*at)
		*at = c->next;
	set_unwait(&c->sets->loop, &c->wait);
	loop_unpost(&c->sets->loop, &c->resume);
	import_drop(c);
	limit_drop(c);
	loop_remove(&c->sets->loop, &c->sock);
	nsi_closep(&c->sock.fd);
	nsi_closep(&c->pidfd);
	nsi_closep(&c->peer);
	free(c->cgroups);
	free(c->user.groups);
	free(c->caller.groups);
	free(c);
}

/* The request of an open carries a pidfd; a signal 0 tells one from other descriptors. */
static int take_open(struct call *c, const struct nsi_open *m, int *fds, unsigned count,
		     struct nsi_fail *f)
{
	if (count != 1 || pidfd_send_signal(fds[0], 0, NULL, 0) < 0)
		return fail_set(f, EBADMSG, "the request does not say whose session it is");
	c->open = *m;
	c->pidfd = nsi_take_fd(&fds[0]);
	return 0;
}

static void take_fresh(struct call *c, const union nsi_message *m, int *fds, unsigned count)
{
	struct nsi_reply done = {.h = wire_header(NSI_DONE)};
	struct nsi_fail f = {""};
	int r = caller_check_user(c, m, &f);

	if (r == 0 && m->h.type == NSI_OPEN)
		r = take_open(c, &m->open, fds, count, &f);
	if (r == MAPPED_STAYS) {
		call_skip(c, f.what);
		return;
	}
	if (r < 0) {
		call_refuse(c, r == -EXDEV ? NSI_CAUSE_POLICY : NSI_CAUSE_SYSTEM, &f);
		return;
	}
	switch (m->h.type) {
	case NSI_OPEN:
		open_begin(c);
		return;
	case NSI_CLOSE:
		close_session(c, &m->close);
		return;
	case NSI_RETIRE:
		close_set(c, &m->retire);
		return;
	case NSI_COLLECT:
		collect_garbage(c);
		return;
	case NSI_PING:
		call_reply(c, &done, NULL, 0);
		call_free(c);
		return;
	default:
		call_free(c);
	}
}

static int add_groups(struct call_account *a, const struct nsi_account *m)
{
	gid_t *groups;

	if (a->count + m->count > NSI_GROUPS_MAX)
		return -E2BIG;
	groups = realloc(a->groups, (a->count + m->count + 1) * sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	for (uint32_t i = 0; i < m->count; i++)
		groups[a->count + i] = m->groups[i];
	a->groups = groups;
	a->count += m->count;
	return 0;
}

static void take_account(struct call *c, const struct nsi_account *m)
{
	struct call_account *a = m->need == NSI_NEED_CALLER ? &c->caller : &c->user;
	struct nsi_fail f = {""};
	int r = add_groups(a, m);

	if (r < 0) {
		(void)fail_errno(&f, r, "cannot store the groups of the user");
		call_refuse(c, NSI_CAUSE_SYSTEM, &f);
		return;
	}
	memcpy(a->name, m->name, sizeof(a->name));
	a->gid = m->gid;
	a->may_lack = m->last & NSI_MAY_LACK;
	if (!m->last)
		return;
	a->known = true;
	open_decide(c);
}

/* Whether the module cannot use the pidfd that it got, and may get descriptors of namespaces. */
static bool call_needs_types(const struct call *c, const union nsi_message *m)
{
	return m->h.type == NSI_ACK && m->ack.entered == NSI_NOT_PERMITTED && !c->is_by_type;
}

static void take_message(struct call *c, const union nsi_message *m, int *fds, unsigned count)
{
	if (c->state == CALL_FRESH)
		take_fresh(c, m, fds, count);
	else if (c->state == CALL_ACCOUNTS && m->h.type == NSI_ACCOUNT)
		take_account(c, &m->account);
	else if (c->state == CALL_REPLIED && call_needs_types(c, m))
		open_enter_by_type(c);
	else if (c->state == CALL_CLOSING && call_needs_types(c, m))
		close_by_type(c);
	else if (c->state == CALL_REPLIED && m->h.type == NSI_ACK)
		open_acknowledged(c, m->ack.entered == NSI_ENTERED);
	else if (c->state == CALL_CLOSING)
		close_finished(c);
	else
		call_free(c);
}

/*
 * In the middle of an upgrade a module of the new version meets the helper of the
 * old: that makes way if its file has been replaced, so that who asks again, which
 * the module does, starts its successor.  All sets stay.
 */
static void meet_other_version(struct call *c, unsigned version)
{
	const union nsi_message unread = {0}; /* of that version there is no telling */
	struct nsi_fail f = {"the helper is of another version than the module; restart it"};
	struct server *server = c->server;

	if (version <= NSI_WIRE_VERSION || caller_check_user(c, &unread, &f) < 0 ||
	    !host_is_replaced()) {
		call_refuse(c, NSI_CAUSE_SYSTEM, &f);
		return;
	}
	log_line(LOG_NOTICE, "process %d uses a newer protocol version: making way for its helper",
		 c->pid);
	call_free(c);
	server_stop(server);
}

static void on_socket(struct source *src, uint32_t events)
{
	struct call *c = loop_owner(src, struct call, sock);
	union nsi_message m;
	int fds[NSI_FDS_MAX];
	unsigned count = 0;
	int r = wire_receive(src->fd, &m, fds, &count);

	(void)events;
	if (r == -EAGAIN)
		return;
	if (r == 1) {
		take_message(c, &m, fds, count);
		for (int i = 0; i < NSI_FDS_MAX; i++)
			nsi_closep(&fds[i]);
		return;
	}
	if (r == -EPROTO) {
		meet_other_version(c, m.h.version);
		return;
	}
	/* The other side is gone.  If it may have entered without telling, its process decides. */
	if (c->state == CALL_REPLIED)
		open_acknowledged(c, false);
	else if (c->state == CALL_CLOSING)
		close_finished(c);
	else
		call_free(c);
}

/* A peer that is not let in finds its connection closed. */
static struct call *take_connection(struct server *s, int sock)
{
	NSI_AUTO_FREE struct call *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return NULL;
	*c = (struct call){
		.server = s,
		.sets = s->sets,
		.peer = -EBADF,
		.pidfd = -EBADF,
		.import = {.fd = -EBADF},
		.import_pidfd = -EBADF,
		.import_go = -EBADF,
		.limit = {.fd = -EBADF},
		.limit_out = -EBADF,
		.sock = {.fd = sock, .ready = on_socket},
		.wait = {.job.run = open_on_set},
		.resume = {.run = open_on_policy},
	};
	r = caller_take(c, sock);
	if (r == 0)
		return nsi_take_ptr(&c);
	log_line(LOG_WARNING, "a connection was turned away: %s",
		 r == -EPERM ? "it is not root's" : strerrordesc_np(-r));
	return NULL;
}

void call_new(struct server *s, int sock)
{
	struct call *c = take_connection(s, sock);

	if (!c) {
		close(sock);
		return;
	}
	c->next = s->calls;
	s->calls = c;
	if (loop_add(&s->sets->loop, &c->sock, EPOLLIN) < 0)
		call_free(c);
	else
		on_socket(&c->sock, EPOLLIN); /* most requests are there before we are */
}
