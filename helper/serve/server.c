/* SPDX-License-Identifier: MIT */
#include "serve/server.h"

#include <errno.h>

#include "host/service.h"
#include "joins/joins.h"
#include "serve/call.h"
#include "serve/listen.h"
#include "serve/open.h"
#include "sets/all.h"
#include "sets/joinable.h"

static const uint64_t idle_us = UINT64_C(30) * 1000000;

/* A login that has been let in acknowledges at once; one that does not is dead or stopped. */
static const uint64_t last_us = UINT64_C(3) * 1000000;

static bool server_is_idle(const struct server *s)
{
	const struct sets *sets = s->sets;

	return s->on_demand && LIST_EMPTY(&s->calls) && LIST_EMPTY(&sets->all) &&
	       LIST_EMPTY(&sets->host_sessions) && !loader_is_busy(&sets->loader);
}

void server_check_idle(struct server *s)
{
	struct loop *loop = &s->sets->loop;

	if (s->sets->stopping && LIST_EMPTY(&s->calls))
		loop->stop = true;
	else if (!server_is_idle(s))
		loop_disarm(loop, &s->idle);
	else if (s->idle.due_us == 0)
		loop_arm(loop, &s->idle, idle_us);
}

/* There has been nothing to do for a while. */
static void server_on_idle(struct timer *t)
{
	struct server *s = loop_owner(t, struct server, idle);

	if (server_is_idle(s) && !sweeper_is_busy(&s->sets->sweeper))
		server_stop(s);
}

/* The end of a server that stops, without the requests that are still pending. */
static void server_on_last(struct timer *t)
{
	loop_owner(t, struct server, last)->sets->loop.stop = true;
}

void server_on_policy(struct loader *l)
{
	struct server *s = l->arg;
	struct call *c;

	if (!l->is_same) {
		rule_cache_clear(&s->rule_cache);
		joins_reload(&s->sets->joins, l);
		spare_drop(&s->sets->spare); /* it has the former policy */
	}
	LIST_FOREACH (c, &s->calls, link)
		if (c->state == CALL_POLICY)
			open_resume(c, OPEN_RULE);
	if (s->reloading)
		service_notify("READY=1");
	s->reloading = false;
}

void server_stop(struct server *s)
{
	if (s->sets->stopping)
		return;
	s->sets->stopping = true;
	joins_stop(&s->sets->joins);
	joined_collect(s->sets);
	service_notify("STOPPING=1");
	listen_stop(s);
	loop_arm(&s->sets->loop, &s->last, last_us);
}

void server_init(struct server *s, struct sets *sets, bool on_demand)
{
	*s = (struct server){
		.sets = sets,
		.on_demand = on_demand,
		.listener = {.fd = -EBADF},
		.idle = {.fire = server_on_idle},
		.last = {.fire = server_on_last},
	};
}
