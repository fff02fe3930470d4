/* SPDX-License-Identifier: MIT */
/* Connections, and the messages that come over them */

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "host/host.h"
#include "log/log.h"
#include "policy/pathname.h"
#include "serve/call.h"
#include "serve/caller.h"
#include "serve/open.h"
#include "serve/server.h"
#include "sets/all.h"
#include "sets/joinable.h"

/* The request of an open carries a pidfd; a signal 0 tells one from other descriptors. */
static int request_take_open(struct call *c, const struct nsi_open *m, int *fds, unsigned count,
			     struct nsi_fail *f)
{
	if (count != 1 || pidfd_send_signal(fds[0], 0, NULL, 0) < 0)
		return fail_set(f, EBADMSG, "the request does not say whose session it is");
	c->open = *m;
	pathname_simplify(c->open.home); /* compared with the paths of mounts */
	c->since_us = clock_now_us();
	c->pidfd = nsi_take_fd(&fds[0]);
	return 0;
}

static void request_take_first(struct call *c, const union nsi_message *m, int *fds, unsigned count)
{
	struct nsi_reply done = {.h = wire_header(NSI_DONE)};
	struct nsi_fail f = {""};
	int r;

	if (m->h.type == NSI_CLOSE) { /* which is the same, whatever other processes have done */
		call_attend_process(c, &m->close);
	} else {
		joined_on_turn(&c->sets->loop);
		call_attend_others(c, m->h.type == NSI_OPEN ? &m->open : NULL);
	}
	r = caller_check_user(c, m, &f);
	if (r == 0 && m->h.type == NSI_OPEN)
		r = request_take_open(c, &m->open, fds, count, &f);
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
		open_resume(c, OPEN_OFF);
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

static int request_add_groups(struct call_account *a, const struct nsi_account *m)
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

static void request_take_account(struct call *c, const struct nsi_account *m)
{
	struct call_account *a = m->need == NSI_NEED_CALLER ? &c->caller : &c->user;
	struct nsi_fail f = {""};
	int r = request_add_groups(a, m);

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
	open_resume(c, OPEN_RULE);
}

/* Whether the module cannot use the pidfd that it got, and may get descriptors of namespaces. */
static bool request_needs_types(const struct call *c, const union nsi_message *m)
{
	return m->h.type == NSI_ACK && m->ack.entered == NSI_NOT_PERMITTED && !c->is_by_type;
}

static void request_take(struct call *c, const union nsi_message *m, int *fds, unsigned count)
{
	if (c->state == CALL_FRESH)
		request_take_first(c, m, fds, count);
	else if (c->state == CALL_ACCOUNTS && m->h.type == NSI_ACCOUNT)
		request_take_account(c, &m->account);
	else if (c->state == CALL_REPLIED && request_needs_types(c, m))
		enter_by_type(c);
	else if (c->state == CALL_CLOSING && request_needs_types(c, m))
		close_by_type(c);
	else if (c->state == CALL_REPLIED && m->h.type == NSI_ACK)
		enter_acknowledged(c, m->ack.entered == NSI_ENTERED);
	else if (c->state == CALL_CLOSING)
		close_finished(c);
	else
		call_free(c);
}

/*
 * In the middle of an upgrade, a module of the new version meets the helper of the old one. The
 * helper ends if its file has been replaced, so that the module, which asks again, starts its
 * successor.  All sets stay.
 */
static void request_meet_other_version(struct call *c, unsigned version)
{
	const union nsi_message unread = {0}; /* its layout is not known */
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

static void request_on_socket(struct source *src)
{
	struct call *c = loop_owner(src, struct call, sock);
	union nsi_message m;
	int fds[NSI_FDS_MAX];
	unsigned count = 0;
	int r = wire_receive(src->fd, &m, fds, &count);

	if (r == -EAGAIN)
		return;
	if (r == 1) {
		request_take(c, &m, fds, count);
		for (int i = 0; i < NSI_FDS_MAX; i++)
			nsi_closep(&fds[i]);
		return;
	}
	if (r == -EPROTO) {
		request_meet_other_version(c, m.h.version);
		return;
	}
	/* The other side is gone.  If it may have entered without telling, its process decides. */
	if (c->state == CALL_REPLIED)
		enter_acknowledged(c, false);
	else if (c->state == CALL_CLOSING)
		close_finished(c);
	else
		call_free(c);
}

/* A peer that is not let in finds its connection closed. */
void request_new(struct server *s, int sock)
{
	struct call *c = call_new(s, sock);
	int r;

	if (!c) {
		close(sock);
		return;
	}
	r = caller_take(c, sock);
	if (r < 0)
		log_line(LOG_WARNING, "a connection was turned away: %s",
			 r == -EPERM ? "it is not root's" : strerrordesc_np(-r));
	c->sock.ready = request_on_socket;
	if (r < 0 || loop_add(&s->sets->loop, &c->sock, EPOLLIN) < 0)
		call_free(c);
	else
		request_on_socket(&c->sock); /* most requests are there before we are */
}
