/* SPDX-License-Identifier: MIT */
/* The opening of a session: its steps */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "host/host.h"
#include "log/log.h"
#include "login/off.h"
#include "policy/image.h"
#include "priv/priv.h"
#include "serve/call.h"
#include "serve/caller.h"
#include "serve/import.h"
#include "serve/key.h"
#include "serve/limit.h"
#include "sets/adjust.h"
#include "sets/all.h"
#include "sets/session.h"
#include "setup/setup.h"

/*
 * One helper serves one configuration.  A module that was told another one, but
 * the same rundir, must not get what this one says.
 */
static int check_instance(const struct call *c, struct nsi_fail *f)
{
	const struct host *host = &c->sets->host;

	if (strcmp(c->open.config, host->config) != 0)
		return fail_set(f, EINVAL,
				"the helper of %.60s serves config=%.60s, not %.60s; give each its "
				"own rundir=",
				host->rundir, host->config, c->open.config);
	if (strcmp(c->open.statedir, host->statedir) != 0)
		return fail_set(f, EINVAL,
				"the helper of %.60s serves statedir=%.60s, not %.60s; give each "
				"its own rundir=",
				host->rundir, host->statedir, c->open.statedir);
	return 0;
}

/* Before anything that could go wrong: this is what gets people in when something has. */
static bool skip_if_off(struct call *c)
{
	struct nsi_reply reply = {.h = wire_header(NSI_SKIP), .cause = NSI_CAUSE_OFF};
	const struct host *host = &c->sets->host;

	if (!off_is_set_at(host->run_fd, host->off_by_kernel, host->rundir, reply.text,
			   sizeof(reply.text)))
		return false;
	call_reply(c, &reply, NULL, 0);
	call_free(c);
	return true;
}

void open_on_policy(struct loop_job *job)
{
	open_decide(loop_owner(job, struct call, resume));
}

void open_begin(struct call *c)
{
	struct nsi_fail f = {""};

	if (skip_if_off(c))
		return;
	if (check_instance(c, &f) < 0) {
		call_refuse(c, NSI_CAUSE_CONFIG, &f);
		return;
	}
	if (!loader_refresh(&c->sets->loader)) {
		c->state = CALL_POLICY;
		return;
	}
	open_decide(c);
}

static void wait_for_set(struct call *c, struct set *set)
{
	c->state = CALL_SET;
	set_wait(set, &c->wait);
}

static struct setup_plan make_plan(const struct call *c, const struct pol_policy *policy,
				   const struct set_key *key)
{
	return (struct setup_plan){
		.host = &c->sets->host,
		.image = c->sets->loader.image,
		.policy = policy,
		.nested = key->nested,
		.owner = key->owner,
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

static void build_new(struct call *c, const struct pol_policy *policy, const struct set_key *key)
{
	struct setup_plan plan = make_plan(c, policy, key);
	struct nsi_fail f = {""};
	struct set *set = NULL;

	if (caller_check_sessions(c, NULL, false, &f) < 0) {
		call_refuse(c, NSI_CAUSE_POLICY, &f);
		return;
	}
	if (!open_has_room(c, policy->max_sessions, true)) /* before there is anything to undo */
		return;
	if (policy->max_held > 0 && c->open.uid != 0 &&
	    set_count_held(c->sets, c->open.uid) >= policy->max_held) {
		(void)fail_set(&f, EDQUOT,
			       "the user has max_held = %u sets that something still uses after "
			       "their last session: see \"nsisolate list\"",
			       policy->max_held);
		call_refuse(c, NSI_CAUSE_POLICY, &f);
		return;
	}
	plan.id = c->limits.set; /* if it has one already */
	if (plan.id || host_next_set(&c->sets->host, &plan.id, &f) == 0) {
		if (key->scope == POL_SCOPE_SESSION) /* nobody else finds it */
			plan.owner = plan.id;
		set = set_create(c->sets, &plan, c->rule, &f);
	}
	if (!set) {
		call_refuse(c, NSI_CAUSE_SYSTEM, &f);
		return;
	}
	c->joined = false; /* it may have waited for another, which has ended */
	wait_for_set(c, set);
}

static const struct pol_policy *find_policy(const struct pol_image *image, const struct set *set)
{
	for (uint32_t i = 0; image && i < image->table[POL_TABLE_POLICIES].count; i++) {
		const struct pol_policy *policy = policy_get(image, i);

		if (policy->digest == set->rec.digest &&
		    strcmp(policy_str(image, policy->name), set->rec.policy) == 0)
			return policy;
	}
	return NULL;
}

/* Into the set, with what the login has to bring along. */
static void enter_with_files(struct call *c, const struct setup_plan *plan, struct set *set)
{
	struct nsi_fail f = {""};

	if (!import_is_wanted(plan))
		open_enter(c, set);
	else if (import_start(c, plan, set, &f) < 0)
		call_refuse(c, NSI_CAUSE_SYSTEM, &f);
}

/* The set was built for this login, or for one that came before it. */
static void open_built(struct call *c, struct set *set)
{
	/* NULL: it has changed while the set was built, and what it wanted imported is not known. */
	const struct pol_policy *policy = find_policy(c->sets->loader.image, set);
	const struct set_key key = {.nested = set->rec.nested, .owner = set->rec.owner};
	struct setup_plan plan;

	if (!policy) {
		open_enter(c, set);
		return;
	}
	plan = make_plan(c, policy, &key);
	enter_with_files(c, &plan, set);
}

void open_on_set(struct loop_job *job)
{
	struct call *c = loop_owner(job, struct call, wait.job);
	struct set *set = set_by_id(c->sets, c->wait.set_id);

	if (c->wait.failure.what[0])
		call_refuse(c, NSI_CAUSE_SYSTEM, &c->wait.failure);
	else if (set && set_can_be_entered(set) && !set_is_awaited(set) && !c->joined)
		open_built(c, set);
	else /* another set, or this one, with what the login has to bring along */
		open_decide(c);
}

/* The set is there already: is it the one that the policy of today wants? */
static void open_join(struct call *c, struct set *set, const struct pol_policy *policy,
		      const struct set_key *key)
{
	const bool has_changed = set->rec.digest != policy->digest;
	const bool is_used = set->session_count > 0 || set->state == SET_BUILDING;
	struct setup_plan plan = make_plan(c, policy, key);
	struct nsi_fail f = {""};
	const char *why;

	if (has_changed && (policy->on_change == POL_CHANGE_NEW ||
			    (policy->on_change == POL_CHANGE_DENY && !is_used))) {
		c->instead_of = set->rec.id;
		build_new(c, policy, key);
		return;
	}
	if (has_changed && policy->on_change == POL_CHANGE_DENY) {
		(void)fail_set(&f, EBUSY,
			       "the policy %s has changed since the user's live set %" PRIu64
			       " was built, and says on_change = \"deny\"",
			       c->policy, set->rec.id);
		call_refuse(c, NSI_CAUSE_POLICY, &f);
		return;
	}
	if (caller_check_sessions(c, set, false, &f) < 0) {
		call_refuse(c, NSI_CAUSE_POLICY, &f);
		return;
	}
	c->joined = true;
	c->instead_of = 0; /* another login has built the new set meanwhile */
	set_adjust(set, policy);
	if (set_is_awaited(set) ||
	    !upkeep_is_current(set)) { /* changes of the host are applied first */
		wait_for_set(c, set);
		return;
	}
	why = upkeep_failure(set);
	if (why) {
		(void)fail_set(&f, EIO, "set %" PRIu64 " is not what its policy says: %.180s",
			       set->rec.id, why);
		call_refuse(c, NSI_CAUSE_SYSTEM, &f);
		return;
	}
	enter_with_files(c, &plan, set);
}

/*
 * The login comes from inside a PID namespace that is not the set's: su or sudo in a
 * session.  The set that it can have is another one, of the other namespaces.
 */
static void follow_nested(struct call *c, const struct pol_policy *policy, struct set_key *key)
{
	struct pol_policy without = *policy;
	struct nsi_fail f = {""};
	struct set *set;

	if (policy->view.nested == POL_NESTED_DENY) {
		(void)fail_set(&f, EPERM,
			       "policy %s has a PID namespace, which a login from inside another "
			       "one cannot enter: log in from outside, or let the policy say "
			       "nested = \"without-pid\"",
			       c->policy);
		call_refuse(c, NSI_CAUSE_POLICY, &f);
		return;
	}
	without.types &= ~ns_bit(NS_PID);
	key->nested = true;
	set = key->scope == POL_SCOPE_SESSION ? NULL : set_find(c->sets, key);
	if (set)
		open_join(c, set, &without, key);
	else
		build_new(c, &without, key);
}

void open_follow_policy(struct call *c, const struct pol_rule *rule)
{
	const struct pol_image *image = c->sets->loader.image;
	const struct pol_policy *policy = policy_get(image, rule->policy);
	struct nsi_fail f = {""};
	struct set_key key;
	struct set *set;
	int r;

	(void)text_copy(c->policy, sizeof(c->policy),
			policy_str(image, policy->name)); /* the loader saw to the room */
	r = mapped_check_leave(c, &f);
	if (r < 0) {
		call_refuse(c, NSI_CAUSE_POLICY, &f);
		return;
	}
	r = caller_check_root(c, &f);
	c->job.id = 0;
	if (r == 0 && policy->scope == POL_SCOPE_JOB)
		r = job_of_call(c, image, policy, &f);
	key = key_of(image, rule, c->open.uid, c->open.user, &c->job);
	if (r == 0)
		r = limit_begin(c, policy, &key, &f);
	if (r < 0)
		call_refuse(c, NSI_CAUSE_SYSTEM, &f);
	if (r != 0) /* or it comes back when its limits are in force */
		return;
	set = key.scope == POL_SCOPE_SESSION ? NULL : set_find(c->sets, &key);
	if (mapped_needs_groups(c, policy, set)) {
		open_ask(c, NSI_NEED_GROUPS);
		return;
	}
	if ((policy->types & ns_bit(NS_PID)) &&
	    nested_look(c, set ? set->rec.ns.ino[NS_PID] : 0) == NESTED_SIBLING)
		follow_nested(c, policy, &key);
	else if (set)
		open_join(c, set, policy, &key);
	else
		build_new(c, policy, &key);
}
