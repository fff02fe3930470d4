/* SPDX-License-Identifier: MIT */
/* The reply that lets a login in, and its acknowledgement */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/host.h"
#include "log/log.h"
#include "priv/priv.h"
#include "serve/call.h"
#include "serve/caller.h"
#include "serve/import.h"
#include "serve/limit.h"
#include "serve/server.h"
#include "sets/all.h"
#include "sets/logins.h"
#include "sets/session.h"

/* Sends @reply with the way in and the way back. */
static void enter_send_ways(struct call *c, const struct set *set, uint32_t types,
			    const struct nsi_reply *reply)
{
	int fds[NSI_FDS_MAX] = {set ? set->anchor.pidfd : c->sets->host.self_fd};
	unsigned count = 1;

	if (!(types & ns_bit(NS_USER)) || !set) /* out of a user namespace there is no way back */
		count += origin_way(c->sets, &c->session->origin, types, fds + 1);
	call_reply(c, reply, fds, count);
}

/* The same, without a pidfd. */
static void enter_send_ways_by_type(struct call *c, const struct set *set, uint32_t types,
				    const struct nsi_reply *reply)
{
	int fds[NSI_FDS_MAX];
	unsigned count = origin_open(set ? set->anchor.pid : getpid(), reply->types, fds);

	if (count > 0 && (!(types & ns_bit(NS_USER)) || !set))
		count += origin_open_way(c->sets, &c->session->origin, reply->types, fds + count);
	call_reply(c, reply, fds, count);
	origin_close(fds, count);
}

/* Tells the module that it may enter @set, or the host's namespaces without one. */
static void send_enter(struct call *c, const struct set *set)
{
	const uint32_t types = set ? set->rec.types : ns_bit(NS_TYPE_MAX) - 1;
	const struct ns_inodes *to = set ? &set->rec.ns : &c->sets->host.ns;
	struct nsi_reply reply = {
		.h = wire_header(NSI_ENTER),
		.joined = c->joined,
		.set = set ? set->rec.id : 0,
		.session = c->session->rec.id,
		.to = *to,
		.all_types = set ? set->rec.types : types,
		.missing = set ? set->rec.missing : 0,
	};

	for (int type = 0; type < NS_TYPE_MAX; type++)
		if ((types & ns_bit(type)) && c->open.from.ino[type] != to->ino[type])
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
	if (c->is_by_type)
		enter_send_ways_by_type(c, set, types, &reply);
	else
		enter_send_ways(c, set, types, &reply);
}

void open_enter_by_type(struct call *c)
{
	c->session = session_by_id(c->sets, c->session_set, c->session_id);
	c->is_by_type = true;
	if (!c->session) {
		call_free(c);
		return;
	}
	send_enter(c, c->session->set);
}

static int new_session(struct call *c, struct set *set, uint32_t types, struct nsi_fail *f)
{
	struct origin origin;

	origin_find(c->sets, &c->open.from, c->pid, types, &origin);
	memcpy(origin.cgroup, c->came_from, sizeof(origin.cgroup));
	c->session =
		session_new(c->sets, set, &c->open, c->pid, nsi_take_fd(&c->pidfd), &origin, f);
	if (!c->session)
		return -ENOMEM;
	if (set)
		set_take_limits(set, &c->limits);
	return 0;
}

/* Logins of the same user that wait for a set of the same policy to be built. */
static unsigned count_waiting(const struct call *c)
{
	unsigned count = 0;

	for (const struct call *other = c->server->calls; other; other = other->next)
		count += other != c && other->state == CALL_SET && !other->is_part &&
			 other->open.uid == c->open.uid && strcmp(other->policy, c->policy) == 0;
	return count;
}

static bool is_part_of_login(const struct call *c)
{
	struct ns_inodes from = c->open.from;
	bool is_on_host = from.ino[NS_MNT] == c->sets->host.ns.ino[NS_MNT];

	/* In the host's mount namespace is no set that has one of its own: nothing to look at. */
	if (!is_on_host || c->sets->index.without_mounts > 0)
		origin_complete(c->pid, ns_bit(NS_TYPE_MAX) - 1, &from);
	return logins_is_part(c->sets, c->open.uid, c->open.service, c->policy, &from);
}

bool open_has_room(struct call *c, uint32_t max_sessions, bool is_to_build)
{
	struct nsi_fail f = {""};
	unsigned used;

	c->is_part = max_sessions > 0 && is_part_of_login(c);
	if (max_sessions == 0 || c->is_part)
		return true;
	used = logins_count(c->sets, c->open.uid, c->policy);
	if (is_to_build)
		used += count_waiting(c);
	if (used < max_sessions)
		return true;
	(void)fail_set(&f, EDQUOT, "the user has max_sessions = %u sessions of policy %s open",
		       max_sessions, c->policy);
	call_refuse(c, NSI_CAUSE_POLICY, &f);
	return false;
}

void open_enter(struct call *c, struct set *set)
{
	struct nsi_fail f = {""};

	if (!open_has_room(c, set->rec.max_sessions, false))
		return;
	if (mapped_fits(c, set, &f) < 0) {
		call_refuse(c, NSI_CAUSE_POLICY, &f);
		return;
	}
	if (new_session(c, set, set->rec.types, &f) < 0) {
		call_refuse(c, NSI_CAUSE_MEMORY, &f);
		return;
	}
	send_enter(c, set);
}

/* action = "host": a way out of the caller's set, for those whom a rule names. */
void open_enter_host(struct call *c)
{
	uint32_t types = ns_bit(NS_TYPE_MAX) - 1;
	struct nsi_fail f = {""};

	if (mapped_check_leave(c, &f) < 0) {
		call_refuse(c, NSI_CAUSE_POLICY, &f);
		return;
	}
	if (nested_look(c, 0) == NESTED_SIBLING) {
		(void)fail_set(&f, EPERM,
			       "action = \"host\" cannot lead out of a PID namespace: a process "
			       "stays in its own for life (log in from outside instead)");
		call_refuse(c, NSI_CAUSE_POLICY, &f);
		return;
	}
	if (caller_check_root(c, &f) < 0) {
		call_refuse(c, NSI_CAUSE_SYSTEM, &f);
		return;
	}
	if (caller_check_sessions(c, NULL, false, &f) < 0) {
		call_refuse(c, NSI_CAUSE_POLICY, &f);
		return;
	}
	if (new_session(c, NULL, types, &f) < 0) {
		call_refuse(c, NSI_CAUSE_MEMORY, &f);
		return;
	}
	send_enter(c, NULL);
}

void open_acknowledged(struct call *c, bool entered)
{
	struct session *s = session_by_id(c->sets, c->session_set, c->session_id);
	const bool is_inside = s && (entered || session_is_inside(s, s->rec.pid));

	if (is_inside)
		import_finish(c);
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
