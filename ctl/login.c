/* SPDX-License-Identifier: MIT */
#include "ctl/login.h"

#include "base/fail.h"
#include "ctl/ctl.h"
#include "ctl/say.h"
#include "login/login_groups.h"

static int login_find_person(const char *name, struct person *ret)
{
	struct nsi_fail f = {""};
	int r = person_find(name, ret, &f);

	if (r == PERSON_UNKNOWN) {
		say_error("there is no user %s", name);
		return CTL_NOT_FOUND;
	}
	return r < 0 ? say_fail(r, &f) : CTL_OK;
}

int login_find(const struct ctl *ctl, const char *name, struct login *ret)
{
	int code;

	*ret = (struct login){
		.service = ctl->service ? ctl->service : CTL_SERVICE,
		.tty = ctl->tty ? ctl->tty : "",
		.rhost = ctl->rhost ? ctl->rhost : "",
	};
	code = login_find_person(name, &ret->user);
	if (code == CTL_OK)
		code = login_find_person(ctl->from_user ? ctl->from_user : "root", &ret->caller);
	return code;
}

void login_done(struct login *l)
{
	person_done(&l->user);
	person_done(&l->caller);
}

static struct pol_account login_account(const struct pol_image *image, const struct person *p)
{
	gid_t groups[NSI_DIRECTORY_MAX];
	unsigned count = policy_directory_groups(image, groups, NSI_DIRECTORY_MAX);

	return (struct pol_account){
		.name = p->name,
		.uid = p->uid,
		.gid = p->gid,
		.groups = p->groups,
		.group_count = (size_t)p->group_count,
		.groups_may_lack =
			policy_asks_directory(image) &&
			groups_may_lack(p->name, p->groups, p->group_count, groups, count),
	};
}

struct pol_login login_for_rules(const struct pol_image *image, const struct login *l)
{
	return (struct pol_login){
		.user = login_account(image, &l->user),
		.caller = login_account(image, &l->caller),
		.service = l->service,
		.tty = l->tty,
		.rhost = l->rhost,
		.cgroups = l->cgroups ? l->cgroups : "",
	};
}
