/* SPDX-License-Identifier: MIT */
/* The reply that lets a login in, and its acknowledgement */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/host.h"
#include "serve/call.h"
#include "serve/open.h"
#include "serve/origin.h"
#include "serve/server.h"
#include "sets/all.h"
#include "sets/joinable.h"
#include "sets/logins.h"
#include "sets/session.h"

/* Sends @reply with the way in and the way back. */
static void enter_send_ways(struct call *c, const struct session *s, const struct nsi_reply *reply)
{
	const struct set *set = s->set;
	int fds[NSI_FDS_MAX] = {set ? set->anchor.pidfd : c->sets->host.self_fd};
	unsigned count = 1;

	/* There is no way back out of a user namespace. */
	if (!set || !(set->rec.types & ns_bit(NS_USER)))
		count += origin_way(c->sets, &s->origin, reply->types, fds + 1);
	call_reply(c, reply, fds, count);
}

/* Likewise, with a descriptor of each namespace in the place of a pidfd. */
static void enter_send_ways_by_type(struct call *c, const struct session *s,
				    const struct nsi_reply *reply)
{
	const struct set *set = s->set;
	int fds[NSI_FDS_MAX];
	unsigned count = origin_open(set ? set->anchor.pid : getpid(), reply->types, fds);

	if (count > 0 && (!set || !(set->rec.types & ns_bit(NS_USER))))
		count += origin_open_way(c->sets, &s->origin, reply->types, fds + count);
	call_reply(c, reply, fds, count);
	origin_close(fds, count);
}

/* Tells the module that it may enter the set of @s, or the host's namespaces if there is none. */
static void enter_reply(struct call *c, const struct session *s)
{
	const struct set *set = s->set;
	struct nsi_reply reply = {
		.h = wire_header(NSI_ENTER),
		.joined = c->joined,
		.set = set ? set->rec.id : 0,
		.session = s->rec.id,
		.to = set ? set->rec.ns : c->sets->host.ns,
		.all_types = set ? set->rec.types : ns_bit(NS_TYPE_MAX) - 1,
		.missing = set ? set->rec.missing : 0,
	};

	for (int type = 0; type < NS_TYPE_MAX; type++)
		if ((reply.all_types & ns_bit(type)) &&
		    c->open.from.ino[type] != reply.to.ino[type])
			reply.types |= ns_bit(type);
	if (set && c->instead_of)
		(void)snprintf(reply.text, sizeof(reply.text),
			       "the policy has changed since set %" PRIu64 " was built",
			       c->instead_of);
	memcpy(reply.policy, c->policy, sizeof(reply.policy));
	memcpy(reply.rule, c->rule, sizeof(reply.rule));
	c->state = CALL_REPLIED;
	c->session_set = reply.set;
	c->session_id = reply.session;
	if (c->is_by_type) {
		enter_send_ways_by_type(c, s, &reply);
		return;
	}
	enter_send_ways(c, s, &reply);
	call_rest(c);
}

void enter_by_type(struct call *c)
{
	const struct session *s = session_by_id(c->sets, c->session_set, c->session_id);

	c->is_by_type = true;
	if (s)
		enter_reply(c, s);
	else
		call_free(c);
}

int enter_session(struct open_run *o)
{
	const uint32_t types = o->set ? o->set->rec.types : ns_bit(NS_TYPE_MAX) - 1;
	struct call *c = o->call;
	struct session *session;
	struct origin origin;

	origin_find(c->sets, &c->open.from, c->pid, types, &origin);
	memcpy(origin.cgroup, c->came_from, sizeof(origin.cgroup));
	session = session_new(c->sets, o->set, &c->open, c->pid, nsi_take_fd(&c->pidfd), &origin,
			      NULL, &o->fail);
	if (!session)
		return -ENOMEM;
	if (c->limits.holds)
		set_take_limits(o->set, &c->limits);
	enter_reply(c, session);
	return OPEN_WAIT;
}

/* Logins of the same user that wait for a set of the same policy to be built. */
static unsigned enter_count_waiting(const struct call *c)
{
	const struct call *other;
	unsigned count = 0;

	LIST_FOREACH (other, &c->server->calls, link)
		count += other != c && other->state == CALL_SET && !other->is_part &&
			 other->open.uid == c->open.uid && strcmp(other->policy, c->policy) == 0;
	return count;
}

static bool enter_is_part_of_login(const struct call *c)
{
	struct ns_inodes from = c->open.from;
	bool is_on_host = from.ino[NS_MNT] == c->sets->host.ns.ino[NS_MNT];

	/* A process in the host's mount namespace is in no set that has one of its own. */
	if (!is_on_host || c->sets->index.without_mounts > 0)
		origin_complete(c->pid, ns_bit(NS_TYPE_MAX) - 1, &from);
	return logins_is_part(c->sets, c->open.uid, c->open.service, c->policy, &from);
}

/* If the set is yet to be built, logins that wait for their sets count as sessions. */
int enter_check_count(struct open_run *o)
{
	const uint32_t max = o->set ? o->set->rec.max_sessions : o->policy.max_sessions;
	struct call *c = o->call;
	unsigned used;

	c->is_part = enter_is_part_of_login(c);
	if (c->is_part)
		return OPEN_NEXT;
	used = logins_count(c->sets, c->open.uid, c->policy);
	if (!o->set)
		used += enter_count_waiting(c);
	if (used < max)
		return OPEN_NEXT;
	return fail_set(&o->fail, EDQUOT,
			"the user has max_sessions = %u sessions of policy %s open", max,
			c->policy);
}

/* Others like this login may come in without asking, if nothing about it was special and no rule asks for their job. */
static void enter_offer(const struct call *c, const struct session *s)
{
	if (s->set && s->origin.type == ORIGIN_HOST && !c->within && !c->user.known &&
	    !c->caller.known && !c->came_from[0] && !c->cgroups)
		joinable_offer(s->set, &c->open, c->rule);
}

void enter_acknowledged(struct call *c, bool entered)
{
	struct session *s = session_by_id(c->sets, c->session_set, c->session_id);
	const bool is_inside = s && (entered || session_is_inside(s, s->rec.pid));

	if (is_inside && s->set)
		set_finish_birth(s->set);
	if (is_inside && c->import_set)
		import_finish(c);
	if (is_inside)
		enter_offer(c, s);
	call_free(c);
	if (!s)
		return; /* its process is gone already */
	if (is_inside) {
		session_confirm(s);
		return;
	}
	limit_return(s);
	session_end(s);
}
