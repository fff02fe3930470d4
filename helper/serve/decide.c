/* SPDX-License-Identifier: MIT */
/* The decision about a login */
#include <errno.h>
#include <stdio.h>

#include "base/text.h"
#include "host/host.h"
#include "policy/image.h"
#include "policy/match.h"
#include "serve/call.h"
#include "serve/caller.h"
#include "serve/server.h"
#include "sets/all.h"

static void fill_account(struct pol_account *to, const struct call_account *from)
{
	if (!from->known)
		return;
	to->name = from->name;
	to->gid = from->gid;
	to->groups = from->groups;
	to->group_count = from->count;
	to->groups_may_lack = from->may_lack;
}

static struct pol_login make_login(const struct call *c)
{
	struct pol_login login = {
		.user = {.name = c->open.user, .uid = c->open.uid, .gid = c->open.gid},
		.caller = {.uid = c->open.caller_uid},
		.service = c->open.service,
		.tty = c->open.tty,
		.rhost = c->open.rhost,
		.cgroups = c->cgroups,
	};

	fill_account(&login.user, &c->user);
	fill_account(&login.caller, &c->caller);
	login.user.name = c->open.user;
	return login;
}

void open_ask(struct call *c, enum nsi_need need)
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
}

/* The process stays where it is, which may be the set of another user's session of its own. */
static void let_be(struct call *c, const char *why)
{
	struct nsi_fail f = {""};

	if (caller_check_sessions(c, NULL, true, &f) < 0)
		call_refuse(c, NSI_CAUSE_POLICY, &f);
	else
		call_skip(c, why);
}

static void note_rule(struct call *c, const struct pol_rule *rule)
{
	const struct pol_image *image = c->sets->loader.image;

	(void)snprintf(c->rule, sizeof(c->rule), "%s:%u", policy_str(image, rule->where.file),
		       rule->where.line);
	c->allow = policy_lets_in(image, rule);
}

/* It cannot be told whether the rule is for this login: groups are asked for once more, then it is refused. */
static void follow_unsure(struct call *c, const struct pol_rule *rule, int outcome)
{
	const struct pol_login login = make_login(c);
	struct nsi_fail f = {""};

	if (outcome == POL_UNSURE_GROUP && !c->looked) {
		c->looked = true;
		if (loader_look_again(&c->sets->loader)) {
			c->state = CALL_POLICY;
			return;
		}
	}
	note_rule(c, rule);
	(void)policy_unsure(outcome, &login, f.what, sizeof(f.what));
	call_refuse(c, NSI_CAUSE_SYSTEM, &f);
}

static void follow_rule(struct call *c, const struct pol_rule *rule)
{
	const struct pol_image *image = c->sets->loader.image;

	note_rule(c, rule);
	if (rule->audit) {
		char text[NSI_TEXT_SIZE];

		(void)snprintf(text, sizeof(text),
			       "the rule says audit = true; it would lead to %s%.100s",
			       rule->action == POL_ACTION_POLICY ? "policy "
			       : rule->action == POL_ACTION_HOST ? "the host"
								 : "no isolation",
			       rule->action == POL_ACTION_POLICY
				       ? policy_str(image, policy_get(image, rule->policy)->name)
				       : "");
		let_be(c, text);
		return;
	}
	switch ((enum pol_action)rule->action) {
	case POL_ACTION_SKIP:
		let_be(c, "the rule says action = \"skip\"");
		return;
	case POL_ACTION_HOST:
		open_enter_host(c);
		return;
	case POL_ACTION_POLICY:
	case POL_ACTION_MAX:
		break;
	}
	if (c->open.uid == 0 && !(c->open.flags & NSI_ISOLATE_ROOT))
		let_be(c, "root is not isolated without the module's argument isolate_root");
	else
		open_follow_policy(c, rule);
}

void open_decide(struct call *c)
{
	const struct pol_image *image = c->sets->loader.image;
	struct pol_login login = make_login(c);
	const struct pol_rule *rule = NULL;
	struct nsi_fail f = {""};
	int r;

	if (!image) {
		(void)fail_set(&f, EINVAL, "there is no usable policy: run \"nsisolate check %s\"",
			       c->sets->host.config);
		call_refuse(c, NSI_CAUSE_CONFIG, &f);
		return;
	}
	/* Root of another user namespace is not trusted about the groups of another user's login. */
	r = c->within ? policy_match(image, &login, &rule)
		      : rule_cache_match(&c->server->rule_cache, image, &login, &rule);
	switch (r) {
	case 0:
		follow_rule(c, rule);
		return;
	case POL_NEED_CGROUPS:
		r = job_read_groups(c, &f);
		if (r < 0)
			call_refuse(c, NSI_CAUSE_SYSTEM, &f);
		else
			open_decide(c);
		return;
	case POL_NO_MATCH:
		let_be(c, "no rule matches");
		return;
	case POL_NEED_GROUPS:
		open_ask(c, NSI_NEED_GROUPS);
		return;
	case POL_NEED_CALLER:
		open_ask(c, NSI_NEED_CALLER);
		return;
	case POL_UNSURE_GROUP:
	case POL_UNSURE_HOST:
		follow_unsure(c, rule, r);
		return;
	default:
		(void)fail_errno(&f, r, "cannot find the rule for this login");
		call_refuse(c, NSI_CAUSE_SYSTEM, &f);
	}
}
