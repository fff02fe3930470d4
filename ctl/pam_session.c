/* SPDX-License-Identifier: MIT */
#include "ctl/pam_session.h"

#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/person.h"
#include "login/client.h"
#include "login/login_groups.h"

enum {
	TIMEOUT = 10, /* seconds; the module's default */
	TRIES = 5
};

static struct module_args session_args_of(const struct ctl *ctl)
{
	return (struct module_args){
		.config = ctl->config,
		.rundir = ctl->rundir,
		.statedir = ctl->statedir,
		.helper = NSI_HELPER,
		.timeout = TIMEOUT,
	};
}

void session_init(struct ctl_session *s, const struct ctl *ctl)
{
	*s = (struct ctl_session){.args = session_args_of(ctl), .place = {.ns_dir = -EBADF}};
}

void session_done(struct ctl_session *s)
{
	place_done(&s->place);
}

static int session_answer(void *arg, struct client_call *call, struct nsi_fail *f)
{
	const struct login *l = arg;
	int r = 0;

	if (call->reply.need & NSI_NEED_GROUPS)
		r = groups_send(call, NSI_NEED_GROUPS, l->user.name, l->user.gid, f);
	if (r == 0 && (call->reply.need & NSI_NEED_CALLER))
		r = groups_send(call, NSI_NEED_CALLER, l->caller.name, l->caller.gid, f);
	return r;
}

static int session_fill(struct nsi_open *open, const struct ctl_session *s, const struct login *l,
			struct nsi_fail *f)
{
	open->h = wire_header(NSI_OPEN);
	open->uid = l->user.uid;
	open->gid = l->user.gid;
	open->caller_uid = l->caller.uid;
	open->from = s->place.ns;
	if (text_copy(open->user, sizeof(open->user), l->user.name) < 0 ||
	    text_copy(open->service, sizeof(open->service), l->service) < 0 ||
	    text_copy(open->tty, sizeof(open->tty), l->tty) < 0 ||
	    text_copy(open->rhost, sizeof(open->rhost), l->rhost) < 0 ||
	    text_copy(open->home, sizeof(open->home), l->user.home) < 0 ||
	    text_copy(open->config, sizeof(open->config), s->args.config) < 0 ||
	    text_copy(open->statedir, sizeof(open->statedir), s->args.statedir) < 0)
		return fail_set(f, ENAMETOOLONG, "a name is too long for the helper");
	return 0;
}

/* After a failure halfway, this process ends: there is no way back to take. */
static int session_enter(struct ctl_session *s, struct client_call *c, struct nsi_fail *f)
{
	unsigned ways = s->reply.types && c->fd_count > 0 ? 1 : 0;
	int r;

	s->place.rules = (struct workdir_rules){.may_be_private = s->reply.set != 0};
	r = ask_enter(c, &s->place, ways, f);
	ask_acknowledge(c, r == 0);
	return r > 0 ? -EXDEV : r;
}

int session_open(struct ctl_session *s, const struct login *login, struct nsi_fail *f)
{
	struct login *l = (struct login *)(uintptr_t)login; /* session_answer() only reads it */
	struct nsi_open open = {0};
	NSI_CLEANUP(client_done) struct client_call call;
	const struct asking asking = {
		.call = &call,
		.args = &s->args,
		.open = &open,
		.answer = session_answer,
		.arg = l,
	};
	int r;

	client_init(&call, s->args.timeout);
	r = place_look(&s->place, PLACE_KINDS, f);
	if (r < 0)
		return r;
	r = session_fill(&open, s, login, f);
	if (r < 0)
		return r;
	r = ask_open(&asking, true, f);
	s->reply = call.reply;
	if (r != 0)
		return r;
	return s->reply.h.type == NSI_ENTER ? session_enter(s, &call, f) : 0;
}

static int session_exchange(const struct module_args *args, const struct nsi_header *m,
			    bool may_start, struct nsi_reply *ret, struct nsi_fail *f)
{
	NSI_CLEANUP(client_done) struct client_call call;
	int r;

	client_init(&call, args->timeout);
	r = client_connect(&call, args, may_start, f);
	if (r != 0)
		return r;
	r = client_send(&call, m, -EBADF, f);
	if (r < 0)
		return r;
	r = client_receive(&call, f);
	if (r < 0)
		return r;
	*ret = call.reply;
	return 0;
}

void session_close(struct ctl_session *s)
{
	struct nsi_close m = {
		.h = wire_header(NSI_CLOSE),
		.set = s->reply.set,
		.session = s->reply.session,
		.now = s->reply.to,
	};
	struct nsi_fail ignored = {""};
	struct nsi_reply reply;

	if (s->reply.h.type == NSI_ENTER)
		(void)session_exchange(&s->args, &m.h, false, &reply, &ignored);
}

int session_ask(const struct ctl *ctl, const struct nsi_header *m, struct nsi_reply *ret,
		struct nsi_fail *f)
{
	struct module_args args = session_args_of(ctl);
	int r = -EPIPE;

	for (int i = 0; i < TRIES && r == -EPIPE; i++) {
		*f = (struct nsi_fail){""};
		r = session_exchange(&args, m, true, ret, f);
		if (r == -EPIPE)
			(void)usleep(10000u << i); /* another helper may be starting up */
	}
	return r;
}

void session_settle(const struct ctl *ctl)
{
	const struct nsi_header ping = wire_header(NSI_PING);
	struct module_args args = session_args_of(ctl);
	struct nsi_fail ignored = {""};
	struct nsi_reply reply;

	args.timeout = 1;
	/* Without an answer, what is on record is shown. */
	(void)session_exchange(&args, &ping, false, &reply, &ignored);
}

int session_ping(const struct ctl *ctl, struct nsi_fail *f)
{
	const struct nsi_header ping = wire_header(NSI_PING);
	struct module_args args = session_args_of(ctl);
	struct nsi_reply reply;

	return session_exchange(&args, &ping, false, &reply, f);
}
