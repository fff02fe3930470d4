/* SPDX-License-Identifier: MIT */
/* The user namespace of a set and its id maps */
#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <string.h>

#include "base/fail.h"
#include "base/idmap.h"
#include "ns/ns.h"
#include "policy/image.h"
#include "policy/userns.h"
#include "setup/parts.h"
#include "setup/setup.h"

static int userns_add_id(struct idmap *map, uint32_t id)
{
	const struct idmap_range one = {id, id, 1};

	return idmap_add(map, &one);
}

static int userns_add_user(const struct setup_plan *plan, bool is_gid, struct idmap *map)
{
	int r = userns_add_id(map, is_gid ? plan->gid : plan->uid);

	for (uint32_t i = 0; is_gid && i < plan->group_count && r == 0; i++)
		r = userns_add_id(map, plan->groups[i]);
	return r;
}

static int userns_add_element(const struct setup_plan *plan, const char *text, bool is_gid,
			      struct idmap *map, struct nsi_fail *f)
{
	struct idmap_range range;

	switch (userns_element(text, is_gid, &range)) {
	case USERNS_USER:
		return userns_add_user(plan, is_gid, map);
	case USERNS_SUB:
		return ns_add_subids(is_gid ? "/etc/subgid" : "/etc/subuid", plan->user, plan->uid,
				     map, f);
	case USERNS_SYSTEM:
	case USERNS_RANGE:
		return idmap_add(map, &range);
	default:
		return -EINVAL;
	}
}

static int userns_add_list(const struct setup_plan *plan, struct pol_list list, bool is_gid,
			   struct idmap *map, struct nsi_fail *f)
{
	bool has_system = false;

	*map = (struct idmap){0};
	for (uint32_t i = 0; i < list.count; i++) {
		const char *element = policy_list_str(plan->image, list, i);
		int r = userns_add_element(plan, element, is_gid, map, f);

		if (r < 0)
			return r;
		has_system = has_system || strcmp(element, "system") == 0;
	}
	return has_system ? userns_add_nobody(map) : 0;
}

static int userns_make_map(const struct setup_plan *plan, struct pol_list list, bool is_gid,
			   struct idmap *map, struct nsi_fail *f)
{
	const char *name = is_gid ? "gid_map" : "uid_map";
	int r = userns_add_list(plan, list, is_gid, map, f);

	if (r == -EEXIST)
		return fail_set(f, r, "%s maps one id of this user in two ways", name);
	if (r == -E2BIG)
		return fail_set(f, r,
				"the ids of this user make more than %d ranges in %s: a range that "
				"has them all is better",
				IDMAP_RANGES_MAX, name);
	return r < 0 ? fail_errno(f, r, "cannot make the %s", name) : 0;
}

/* Terminals are given to this group (grantpt(3)); where there is none, they are not. */
static int userns_check_tty(const struct idmap *gids, struct nsi_fail *f)
{
	char buf[16384];
	struct group gr, *tty = NULL;

	if (getgrnam_r("tty", &gr, buf, sizeof(buf), &tty) == 0 && tty &&
	    !idmap_has(gids, tty->gr_gid))
		return fail_set(f, EPERM, "the gid_map of the set lacks %u, the group of terminals",
				tty->gr_gid);
	return 0;
}

int setup_user_namespace(const struct setup_plan *plan, struct nsi_fail *f)
{
	const struct pol_view *v = &plan->policy->view;
	const struct ns_login login = {
		.uid = plan->uid,
		.gid = plan->gid,
		.groups = plan->groups,
		.group_count = plan->group_count,
		.pid = plan->pid,
	};
	struct idmap uids, gids;
	int r = userns_make_map(plan, v->uid_map, false, &uids, f);

	if (r < 0)
		return r;
	r = userns_make_map(plan, v->gid_map, true, &gids, f);
	if (r < 0)
		return r;
	r = userns_check_tty(&gids, f);
	if (r < 0)
		return r;
	r = ns_fits(&uids, &gids, &login, f);
	return r < 0 ? r : ns_make_mapped(&uids, &gids, f);
}
