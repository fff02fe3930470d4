/* SPDX-License-Identifier: MIT */
#include "serve/open.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "host/host.h"
#include "policy/match.h"
#include "serve/call.h"
#include "serve/caller.h"
#include "sets/all.h"

static int open_read_policy(struct open_run *o)
{
	if (loader_refresh(&o->call->sets->loader))
		return OPEN_NEXT;
	o->call->state = CALL_POLICY;
	return OPEN_WAIT;
}

static bool open_is_from_within(const struct open_run *o)
{
	return o->call->within != 0;
}

static int open_check_within(struct open_run *o)
{
	return mapped_check_leave(o->call, &o->fail);
}

static int open_check_root(struct open_run *o)
{
	return caller_check_root(o->call, &o->call->open.from, &o->fail);
}

static bool open_wants_limits(const struct open_run *o)
{
	return o->has_policy && pol_has_limits(&o->policy.limits) && !o->call->limits.holds;
}

static bool open_may_share(const struct open_run *o)
{
	return !o->is_host && o->key.scope != POL_SCOPE_SESSION;
}

static int open_find_set(struct open_run *o)
{
	o->set = set_find(o->call->sets, &o->key);
	return OPEN_NEXT;
}

/* An older set may have a user namespace that the policy of today has not. */
static bool open_wants_groups(const struct open_run *o)
{
	return !o->is_host && !o->call->user.known &&
	       ((o->policy.types & ns_bit(NS_USER)) ||
		(o->set && (o->set->rec.types & ns_bit(NS_USER))));
}

static int open_ask_groups(struct open_run *o)
{
	return open_ask(o->call, NSI_NEED_GROUPS);
}

static bool open_concerns_pids(const struct open_run *o)
{
	return o->is_host || (o->policy.types & ns_bit(NS_PID));
}

/*
 * A login that comes from inside a PID namespace that is not the set's: su or sudo in a
 * session.  The set that it can have is another one, of the other namespaces.
 */
static int open_check_nested(struct open_run *o)
{
	if (caller_is_nested(o->call, o->set ? o->set->rec.ns.ino[NS_PID] : 0) != NESTED_SIBLING)
		return OPEN_NEXT;
	if (o->is_host)
		return fail_set(&o->fail, EPERM,
				"action = \"host\" cannot lead out of a PID namespace: a process "
				"stays in its own for life (log in from outside instead)");
	if (o->policy.view.nested == POL_NESTED_DENY)
		return fail_set(&o->fail, EPERM,
				"policy %s has a PID namespace, which a login from inside another "
				"one cannot enter: log in from outside, or let the policy say "
				"nested = \"without-pid\"",
				o->call->policy);
	o->policy.types &= ~ns_bit(NS_PID);
	o->key.nested = true;
	o->set = open_may_share(o) ? set_find(o->call->sets, &o->key) : NULL;
	return OPEN_NEXT;
}

static bool open_has_changed(const struct open_run *o)
{
	return o->set && o->set->rec.digest != o->policy.digest &&
	       o->policy.on_change != POL_CHANGE_JOIN;
}

static int open_check_change(struct open_run *o)
{
	const bool is_used = o->set->session_count > 0 || o->set->state == SET_BUILDING;

	if (o->policy.on_change == POL_CHANGE_DENY && is_used)
		return fail_set(&o->fail, EBUSY,
				"the policy %s has changed since the user's live set %" PRIu64
				" was built, and says on_change = \"deny\"",
				o->call->policy, o->set->rec.id);
	o->call->instead_of = o->set->rec.id;
	o->set = NULL;
	return OPEN_NEXT;
}

static int open_check_process(struct open_run *o)
{
	return caller_check_sessions(o->call, o->set, false, &o->fail);
}

static bool open_builds(const struct open_run *o)
{
	return !o->is_host && !o->set;
}

static bool open_builds_counted(const struct open_run *o)
{
	return open_builds(o) && o->policy.max_sessions > 0;
}

static bool open_builds_beside_held(const struct open_run *o)
{
	return open_builds(o) && o->policy.max_held > 0 && o->call->open.uid != 0;
}

static int open_check_held(struct open_run *o)
{
	if (set_count_held(o->call->sets, o->call->open.uid) < o->policy.max_held)
		return OPEN_NEXT;
	return fail_set(&o->fail, EDQUOT,
			"the user has max_held = %u sets that something still uses after "
			"their last session: see \"nsisolate list\"",
			o->policy.max_held);
}

struct setup_plan open_plan(const struct open_run *o)
{
	const struct call *c = o->call;

	return (struct setup_plan){
		.host = &c->sets->host,
		.image = o->image,
		.policy = &o->policy,
		.nested = o->key.nested,
		.owner = o->key.owner,
		.pid = c->pid,
		.uid = c->open.uid,
		.gid = c->open.gid,
		.groups = c->user.groups,
		.group_count = c->user.count,
		.user = c->open.user,
		.home = c->open.home,
		.service = c->open.service,
		.job = c->job.id ? &c->job : NULL,
	};
}

static int open_wait_for(struct call *c, struct set *set)
{
	c->state = CALL_SET;
	set_wait(set, &c->wait);
	return OPEN_WAIT;
}

static int open_build(struct open_run *o)
{
	struct setup_plan plan = open_plan(o);
	struct call *c = o->call;
	struct set *set;
	int r = 0;

	plan.id = c->limits.set; /* if it has one already */
	if (!plan.id)
		r = host_next_set(&c->sets->host, &plan.id, &o->fail);
	if (r < 0)
		return r;
	if (o->key.scope == POL_SCOPE_SESSION) /* nobody else finds it */
		plan.owner = plan.id;
	set = set_create(c->sets, &plan, c->rule, &o->fail);
	if (!set)
		return -EIO;
	c->joined = false; /* it may have waited for another, which has ended */
	return open_wait_for(c, set);
}

static bool open_joins(const struct open_run *o)
{
	return !o->is_host && o->set;
}

static int open_check_view(struct open_run *o)
{
	struct set *set = o->set;
	const char *why;

	o->call->joined = true;
	o->call->instead_of = 0; /* another login has built the new set meanwhile */
	set_adjust(set, &o->policy);
	/* Changes of the host are applied before anybody enters. */
	if (set_is_awaited(set) || !upkeep_is_current(set))
		return open_wait_for(o->call, set);
	why = upkeep_failure(set);
	if (!why)
		return OPEN_NEXT;
	return fail_set(&o->fail, EIO, "set %" PRIu64 " is not what its policy says: %.180s",
			set->rec.id, why);
}

static bool open_imports(const struct open_run *o)
{
	return o->set && o->has_policy && policy_imports(o->image, &o->policy);
}

static bool open_is_counted(const struct open_run *o)
{
	return o->set && o->set->rec.max_sessions > 0;
}

static bool open_is_mapped(const struct open_run *o)
{
	return o->set && (o->set->rec.types & ns_bit(NS_USER));
}

static int open_check_maps(struct open_run *o)
{
	return mapped_fits(o->call, o->set, &o->fail);
}

static const struct open_row {
	const char *name;
	enum nsi_cause cause; /* of a refusal */
	int (*run)(struct open_run *o);
	bool (*wanted)(const struct open_run *o); /* NULL: always */
} open_table[OPEN_STEPS] = {
	[OPEN_OFF] = {"off", NSI_CAUSE_SYSTEM, decide_off, NULL},
	[OPEN_INSTANCE] = {"instance", NSI_CAUSE_CONFIG, decide_instance, NULL},
	[OPEN_POLICY] = {"policy", NSI_CAUSE_CONFIG, open_read_policy, NULL},
	[OPEN_RULE] = {"rule", NSI_CAUSE_SYSTEM, decide_rule, NULL},
	[OPEN_WITHIN] = {"within", NSI_CAUSE_POLICY, open_check_within, open_is_from_within},
	[OPEN_ROOT] = {"root", NSI_CAUSE_SYSTEM, open_check_root, NULL},
	[OPEN_LIMITS] = {"limits", NSI_CAUSE_SYSTEM, limit_begin, open_wants_limits},
	[OPEN_FIND] = {"find", NSI_CAUSE_SYSTEM, open_find_set, open_may_share},
	[OPEN_GROUPS] = {"groups", NSI_CAUSE_SYSTEM, open_ask_groups, open_wants_groups},
	[OPEN_NESTED] = {"nested", NSI_CAUSE_POLICY, open_check_nested, open_concerns_pids},
	[OPEN_CHANGE] = {"change", NSI_CAUSE_POLICY, open_check_change, open_has_changed},
	[OPEN_PROCESS] = {"process", NSI_CAUSE_POLICY, open_check_process, NULL},
	[OPEN_PLACE] = {"place", NSI_CAUSE_POLICY, enter_check_count, open_builds_counted},
	[OPEN_HELD] = {"held", NSI_CAUSE_POLICY, open_check_held, open_builds_beside_held},
	[OPEN_BUILD] = {"build", NSI_CAUSE_SYSTEM, open_build, open_builds},
	[OPEN_VIEW] = {"view", NSI_CAUSE_SYSTEM, open_check_view, open_joins},
	[OPEN_IMPORT] = {"import", NSI_CAUSE_SYSTEM, import_start, open_imports},
	[OPEN_COUNT] = {"count", NSI_CAUSE_POLICY, enter_check_count, open_is_counted},
	[OPEN_MAPS] = {"maps", NSI_CAUSE_POLICY, open_check_maps, open_is_mapped},
	[OPEN_ENTER] = {"enter", NSI_CAUSE_MEMORY, enter_session, NULL},
};

const char *open_step_name(enum open_step step)
{
	return open_table[step].name;
}

int open_step_run(struct open_run *o, enum open_step step)
{
	const struct open_row *row = &open_table[step];

	if (row->wanted && !row->wanted(o))
		return OPEN_UNWANTED;
	o->cause = row->cause;
	return row->run(o);
}

/* Finds again all that is known of a request that goes on with its set, behind OPEN_BUILD. */
static void open_recall(struct open_run *o, struct set *set)
{
	const struct pol_policy *policy;

	o->image = o->call->sets->loader.image;
	o->key = (struct set_key){.nested = set->rec.nested, .owner = set->rec.owner};
	o->set = set;
	/* NULL: it has changed while the set was built, and what it wanted imported is not known. */
	policy = policy_built_by(o->image, set->rec.policy, set->rec.digest);
	o->has_policy = policy != NULL;
	if (policy)
		o->policy = *policy;
}

void open_on_turn(struct loop_job *job)
{
	struct call *c = loop_owner(job, struct call, resume);
	struct open_run o = {.call = c};
	struct set *set = c->step > OPEN_BUILD ? set_by_id(c->sets, c->wait.set_id) : NULL;

	if (set && set_can_be_entered(set) && !set_is_awaited(set))
		open_recall(&o, set);
	else if (c->step > OPEN_BUILD) /* another set, or this one when it is ready again */
		c->step = OPEN_RULE;
	for (const struct open_row *row = &open_table[c->step]; row < open_table + OPEN_STEPS;
	     row++) {
		int r;

		if (row->wanted && !row->wanted(&o))
			continue;
		o.cause = row->cause;
		r = row->run(&o);
		if (r < 0)
			call_refuse(c, o.cause, &o.fail);
		if (r != OPEN_NEXT)
			return;
	}
}

void open_resume(struct call *c, enum open_step step)
{
	c->step = step;
	loop_post(&c->sets->loop, &c->resume);
}

void open_on_set(struct loop_job *job)
{
	struct call *c = loop_owner(job, struct call, wait.job);

	if (c->wait.failure.what[0]) {
		call_refuse(c, NSI_CAUSE_SYSTEM, &c->wait.failure);
		return;
	}
	c->step = c->joined ? OPEN_RULE
			    : OPEN_IMPORT; /* a set that was there may have become another's */
	open_on_turn(&c->resume);
}
