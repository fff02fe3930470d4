/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "serve/call.h"
#include "serve/listen.h"
#include "serve/ready.h"
#include "sets/helper.h"

static const uint64_t idle_us = UINT64_C(30) * 1000000;

/* A login that has been let in acknowledges at once; one that does not is dead or stopped. */
static const uint64_t last_us = UINT64_C(3) * 1000000;

static struct call *find_waiting(struct helper *h, enum call_state state, const struct set *set)
{
	struct call *c = h->calls;

	while (c && (c->state != state || (set && c->set != set)))
		c = c->next;
	return c;
}

/* Each step may free calls, any of them: so the list is searched anew. */
void ready_set(struct set *set)
{
	struct helper *h = set->helper;
	struct call *c;

	/* Each gets one turn: one that goes on waiting for the same set waits for the next news. */
	while ((c = find_waiting(h, CALL_SET, set)) != NULL)
		c->state = CALL_WOKEN;
	while ((c = find_waiting(h, CALL_WOKEN, set)) != NULL) {
		c->set = NULL;
		c->state = CALL_FRESH;
		if (set->state == SET_BUILDING)
			call_refuse(c, NSI_CAUSE_SYSTEM, &set->failure);
		else if (set_can_be_entered(set) && !set_is_awaited(set) && !c->joined)
			open_built(c, set);
		else /* another set, or this one, with what the login has to bring along */
			open_decide(c);
	}
}

void ready_policy(struct loader *l)
{
	struct helper *h = loop_owner(l, struct helper, loader);
	struct call *c;

	if (!l->is_same) {
		rule_cache_clear(&h->rule_cache);
		spare_drop(&h->spare); /* it has the policy of before */
	}
	while ((c = find_waiting(h, CALL_POLICY, NULL)) != NULL) {
		c->state = CALL_FRESH;
		open_decide(c);
	}
	if (h->reloading)
		listen_notify("READY=1");
	h->reloading = false;
	helper_check_idle(h);
}

void ready_stop(struct helper *h)
{
	if (h->stopping)
		return;
	h->stopping = true;
	listen_notify("STOPPING=1");
	listen_stop(h);
	loop_arm(&h->loop, &h->last, last_us);
	helper_check_idle(h);
}

void ready_last(struct timer *t)
{
	loop_owner(t, struct helper, last)->loop.stop = true;
}

static bool is_idle(const struct helper *h)
{
	return h->on_demand && !h->sets && !h->calls && !h->host_sessions && !h->loader.busy;
}

void ready_check_idle(struct helper *h)
{
	if (h->stopping && !h->calls)
		h->loop.stop = true;
	else if (is_idle(h) && h->idle.due_us == 0)
		loop_arm(&h->loop, &h->idle, idle_us);
}

void ready_idle(struct timer *t)
{
	struct helper *h = loop_owner(t, struct helper, idle);

	if (is_idle(h) && !sweeper_is_busy(&h->sweeper))
		ready_stop(h);
	else
		helper_check_idle(h);
}
