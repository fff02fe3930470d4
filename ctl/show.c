/* SPDX-License-Identifier: MIT */
/* The verb "show" */
#include <errno.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/person.h"
#include "ctl/policy.h"
#include "ctl/say.h"
#include "ctl/show.h"
#include "login/off.h"
#include "policy/draft.h"
#include "policy/image.h"

/* In one sentence; the sentences of the log. */
static const char *show_outcome_of(const struct verdict *v, char *buf, size_t size)
{
	const struct pol_rule *rule = v->rule;
	const char *name = v->policy ? policy_str(v->image, v->policy->name) : "";

	if (!rule)
		return "not isolated: no rule matches";
	if (rule->audit)
		text_fmt(buf, size, "not isolated: audit = true; it would be %s%s",
			 v->policy                         ? "isolated by policy "
			 : rule->action == POL_ACTION_HOST ? "taken to the host"
							   : "left alone",
			 name);
	else if (rule->action == POL_ACTION_SKIP)
		return "not isolated: action = \"skip\"";
	else if (rule->action == POL_ACTION_HOST)
		return "taken to the host's namespaces: action = \"host\"";
	else if (v->login->user.uid == 0)
		return "not isolated: root, without the module's argument isolate_root";
	else
		text_fmt(buf, size, "isolated by policy %s", name);
	return buf;
}

static void show_find_off(const struct ctl *ctl, struct verdict *v)
{
	char why[200];

	if (off_is_set(ctl->rundir, why, sizeof(why)))
		text_fmt(v->outcome, sizeof(v->outcome), "not isolated: %s", why);
}

static int show_judge(const struct ctl *ctl, const struct login *login,
		      const struct pol_image *image, struct verdict *ret)
{
	struct pol_login as_rules = login_for_rules(image, login);
	struct nsi_fail f = {""};
	char text[200];
	int r;

	*ret = (struct verdict){.login = login, .image = image};
	r = policy_match(image, &as_rules, &ret->rule);
	if (r == POL_UNSURE_GROUP || r == POL_UNSURE_HOST) {
		text_fmt(ret->outcome, sizeof(ret->outcome), "%s: %.200s",
			 policy_lets_in(image, ret->rule) ? "not isolated, as on_error = \"allow\""
							  : "refused",
			 policy_unsure(r, &as_rules, text, sizeof(text)));
		show_find_off(ctl, ret);
		return CTL_OK;
	}
	if (r != 0 && r != POL_NO_MATCH)
		return say_fail(fail_set(&f, EINVAL, "cannot find the rule of this login"), &f);
	if (ret->rule && ret->rule->action == POL_ACTION_POLICY)
		ret->policy = policy_get(image, ret->rule->policy);
	text_fmt(ret->outcome, sizeof(ret->outcome), "%s",
		 show_outcome_of(ret, text, sizeof(text)));
	show_find_off(ctl, ret);
	return CTL_OK;
}

int show_verb(const struct ctl *ctl)
{
	NSI_CLEANUP(login_done) struct login login = {0};
	NSI_AUTO_FREE struct pol_image *image = NULL;
	NSI_CLEANUP(draft_done) struct draft draft = {0};
	struct verdict v;
	int code;

	if ((ctl->operands[0] != NULL) + ctl->all != 1 ||
	    (ctl->all && (ctl->service || ctl->tty || ctl->rhost || ctl->from_user))) {
		say_error("show takes a USER with the options of a login, or --all alone");
		return CTL_USAGE;
	}
	if (ctl->all)
		return show_all(ctl);
	code = login_find(ctl, ctl->operands[0], &login);
	if (code != CTL_OK)
		return code;
	image = policy_of(ctl, &draft);
	if (!image)
		return CTL_REFUSED;
	code = show_judge(ctl, &login, image, &v);
	if (code != CTL_OK)
		return code;
	v.draft = &draft;
	return ctl->json ? show_print_json(&v) : show_print_text(&v);
}
