/* SPDX-License-Identifier: MIT */
/* The decision about a login: its rule, and the key of the set that it shares */

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "host/host.h"
#include "login/off.h"
#include "policy/image.h"
#include "policy/match.h"
#include "serve/call.h"
#include "serve/caller.h"
#include "serve/open.h"
#include "serve/server.h"
#include "sets/all.h"

/* First, before anything that can fail: it is the way in when something has failed. */
int decide_off(struct open_run *o)
{
	struct nsi_reply reply = {.h = wire_header(NSI_SKIP), .cause = NSI_CAUSE_OFF};
	const struct host *host = &o->call->sets->host;

	if (!off_is_set_at(host->run_fd, host->off_by_kernel, host->rundir, reply.text,
			   sizeof(reply.text)))
		return OPEN_NEXT;
	call_reply(o->call, &reply, NULL, 0);
	call_free(o->call);
	return OPEN_ANSWERED;
}

/*
 * One helper serves one configuration.  A module that was told another one, but
 * the same rundir, must not get what this one says.
 */
int decide_instance(struct open_run *o)
{
	const struct nsi_open *asked = &o->call->open;
	const struct host *host = &o->call->sets->host;

	if (strcmp(asked->config, host->config) != 0)
		return fail_set(&o->fail, EINVAL,
				"the helper of %.60s serves config=%.60s, not %.60s; give each its "
				"own rundir=",
				host->rundir, host->config, asked->config);
	if (strcmp(asked->statedir, host->statedir) != 0)
		return fail_set(&o->fail, EINVAL,
				"the helper of %.60s serves statedir=%.60s, not %.60s; give each "
				"its own rundir=",
				host->rundir, host->statedir, asked->statedir);
	return OPEN_NEXT;
}

static uint64_t decide_group_number(const struct pol_image *image, const struct pol_rule *rule)
{
	const struct pol_match *rows = policy_table(image, POL_TABLE_MATCHES);
	uint64_t hash = HASH_START;

	for (uint32_t field = 0; field < POL_FIELD_MAX; field++) {
		for (uint32_t i = 0; i < rule->match[field].count; i++) {
			const struct pol_match *m = &rows[rule->match[field].first + i];
			const char *text = policy_str(image, m->text);

			hash = hash_bytes(hash, &field, sizeof(field));
			hash = hash_bytes(hash, &m->negate, sizeof(m->negate));
			hash = hash_bytes(hash, text, strlen(text));
		}
	}
	return hash;
}

struct set_key decide_key(const struct pol_image *image, const struct pol_rule *rule, uid_t uid,
			  const char *user, const struct record_job *job)
{
	const struct pol_policy *policy = policy_get(image, rule->policy);
	uint64_t owner = uid;

	if (policy->scope == POL_SCOPE_GROUP)
		owner = decide_group_number(image, rule);
	if (policy->scope == POL_SCOPE_JOB)
		owner = job->id;
	return (struct set_key){
		.scope = policy->scope,
		.owner = owner,
		.uid = uid,
		.job = policy->scope == POL_SCOPE_JOB ? job : NULL,
		.digest = policy->digest,
		.policy = policy_str(image, policy->name),
		.user = user,
	};
}

static void decide_fill_account(struct pol_account *to, const struct call_account *from)
{
	if (!from->known)
		return;
	to->name = from->name;
	to->gid = from->gid;
	to->groups = from->groups;
	to->group_count = from->count;
	to->groups_may_lack = from->may_lack;
}

static struct pol_login decide_login(const struct call *c)
{
	struct pol_login login = {
		.user = {.name = c->open.user, .uid = c->open.uid, .gid = c->open.gid},
		.caller = {.uid = c->open.caller_uid},
		.service = c->open.service,
		.tty = c->open.tty,
		.rhost = c->open.rhost,
		.cgroups = c->cgroups,
	};

	decide_fill_account(&login.user, &c->user);
	decide_fill_account(&login.caller, &c->caller);
	login.user.name = c->open.user;
	return login;
}

int open_ask(struct call *c, enum nsi_need need)
{
	struct nsi_reply reply = {.h = wire_header(NSI_NEED), .need = need};
	const struct pol_image *image = c->sets->loader.image;

	if (policy_asks_directory(image)) {
		reply.need |= NSI_NEED_CERTAINTY;
		reply.directory_count =
			policy_directory_groups(image, reply.directory, NSI_DIRECTORY_MAX);
	}
	c->state = CALL_ACCOUNTS;
	call_reply(c, &reply, NULL, 0);
	return OPEN_WAIT;
}

/* The process stays where it is, which may be the set of another user's session of its own. */
static int decide_let_be(struct open_run *o, const char *why)
{
	o->cause = NSI_CAUSE_POLICY;
	if (caller_check_sessions(o->call, NULL, true, &o->fail) < 0)
		return -EBUSY;
	call_skip(o->call, why);
	return OPEN_ANSWERED;
}

static void decide_note_rule(struct open_run *o, const struct pol_rule *rule)
{
	struct call *c = o->call;

	text_fmt(c->rule, sizeof(c->rule), "%s:%u", policy_str(o->image, rule->where.file),
		 rule->where.line);
	c->allow = policy_lets_in(o->image, rule);
}

/* Whether the rule is for this login cannot be told: groups are looked up once more, then it is refused. */
static int decide_unsure(struct open_run *o, const struct pol_rule *rule, int outcome)
{
	const struct pol_login login = decide_login(o->call);
	struct call *c = o->call;

	if (outcome == POL_UNSURE_GROUP && !c->looked) {
		c->looked = true;
		if (loader_look_again(&c->sets->loader)) {
			c->state = CALL_POLICY;
			return OPEN_WAIT;
		}
	}
	decide_note_rule(o, rule);
	(void)policy_unsure(outcome, &login, o->fail.what, sizeof(o->fail.what));
	return -EAGAIN;
}

/* With audit = true the log says what the rule would lead to, and nothing else happens. */
static int decide_audit(struct open_run *o, const struct pol_rule *rule)
{
	char text[NSI_TEXT_SIZE];

	text_fmt(text, sizeof(text), "the rule says audit = true; it would lead to %s%.100s",
		 rule->action == POL_ACTION_POLICY ? "policy "
		 : rule->action == POL_ACTION_HOST ? "the host"
						   : "no isolation",
		 rule->action == POL_ACTION_POLICY
			 ? policy_str(o->image, policy_get(o->image, rule->policy)->name)
			 : "");
	return decide_let_be(o, text);
}

static int decide_follow(struct open_run *o, const struct pol_rule *rule)
{
	struct call *c = o->call;

	decide_note_rule(o, rule);
	if (rule->audit)
		return decide_audit(o, rule);
	if (rule->action == POL_ACTION_SKIP)
		return decide_let_be(o, "the rule says action = \"skip\"");
	if (rule->action == POL_ACTION_HOST) {
		o->is_host = true;
		return OPEN_NEXT;
	}
	if (c->open.uid == 0 && !(c->open.flags & NSI_ISOLATE_ROOT))
		return decide_let_be(
			o, "root is not isolated without the module's argument isolate_root");
	o->has_policy = true;
	o->policy = *policy_get(o->image, rule->policy);
	c->job.id = 0;
	if (o->policy.scope == POL_SCOPE_JOB) {
		int r = job_of_call(c, o->image, &o->policy, &o->fail);

		if (r < 0)
			return r;
	}
	o->key = decide_key(o->image, rule, c->open.uid, c->open.user, &c->job);
	(void)text_copy(c->policy, sizeof(c->policy),
			o->key.policy); /* the loader has checked its length */
	return OPEN_NEXT;
}

int decide_rule(struct open_run *o)
{
	struct call *c = o->call;
	struct pol_login login = decide_login(c);
	const struct pol_rule *rule = NULL;
	int r;

	o->image = c->sets->loader.image;
	if (!o->image) {
		o->cause = NSI_CAUSE_CONFIG;
		return fail_set(&o->fail, EINVAL,
				"there is no usable policy: run \"nsisolate check %s\"",
				c->sets->host.config);
	}
	/* Root of another user namespace is not trusted about the groups of another user's login. */
	r = c->within ? policy_match(o->image, &login, &rule)
		      : rule_cache_match(&c->server->rule_cache, o->image, &login, &rule);
	switch (r) {
	case 0:
		return decide_follow(o, rule);
	case POL_NEED_CGROUPS:
		r = job_read_groups(c, &o->fail);
		return r < 0 ? r : decide_rule(o);
	case POL_NO_MATCH:
		return decide_let_be(o, "no rule matches");
	case POL_NEED_GROUPS:
		return open_ask(c, NSI_NEED_GROUPS);
	case POL_NEED_CALLER:
		return open_ask(c, NSI_NEED_CALLER);
	case POL_UNSURE_GROUP:
	case POL_UNSURE_HOST:
		return decide_unsure(o, rule, r);
	default:
		return fail_errno(&o->fail, r, "cannot find the rule for this login");
	}
}
