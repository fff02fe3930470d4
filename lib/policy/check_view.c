/* SPDX-License-Identifier: MIT */
/* The checks of a policy's view against its namespaces */
#include <string.h>

#include "base/nstype.h"
#include "policy/check.h"
#include "policy/keys.h"
#include "policy/pathname.h"
#include "policy/userns.h"

const char *check_view_path(const struct draft *d, enum key_id key, const char *path)
{
	const bool is_gentle = key == K_READONLY || key == K_PROPAGATION;

	if (strcmp(path, "/") == 0)
		return is_gentle ? NULL : "nothing would be left";
	if (is_gentle)
		return NULL;
	if (strcmp(path, "/proc") == 0)
		return "every program looks itself up there (use 'proc')";
	if (strcmp(path, "/dev") == 0 || strcmp(path, "/dev/pts") == 0)
		return "no program runs without its devices";
	if (pathname_is_within(path, d->rundir) || pathname_is_within(d->rundir, path))
		return "the sockets and records of nsisolate are there";
	if (pathname_is_within(path, d->statedir) || pathname_is_within(d->statedir, path))
		return "the instances of nsisolate are kept there";
	return NULL;
}

/* Not for what was refused already, nor where a policy inherits what its parent was told about. */
static bool view_is_due(const struct draft_policy *p, uint64_t about)
{
	return !(p->seen.bad & about) && (p->extends == 0 || (p->seen.given & about) != 0);
}

static void check_home(struct draft *d, const struct draft_policy *p)
{
	if (p->row.view.home == POL_HOME_OVERLAY && p->row.scope == POL_SCOPE_GROUP &&
	    view_is_due(p, key_bit(K_HOME) | key_bit(K_SCOPE)))
		draft_error(d, p->row.where,
			    "policy '%.64s' has home \"overlay\", which needs another scope than "
			    "\"group\": the sessions of a set share one view, but not one home",
			    draft_str(d, p->row.name));
}

static void check_root(struct draft *d, const struct draft_policy *p)
{
	const char *root = draft_str(d, p->row.view.root);
	const char *name = draft_str(d, p->row.name);

	if (p->row.view.root == 0 || !view_is_due(p, key_bit(K_ROOT)))
		return;
	if (strcmp(root, "/") == 0)
		draft_error(d, p->row.where,
			    "policy '%.64s' has the root \"/\", which it is already", name);
	else if (pathname_is_within(root, d->rundir) || pathname_is_within(d->rundir, root) ||
		 pathname_is_within(root, d->statedir) || pathname_is_within(d->statedir, root))
		draft_error(d, p->row.where,
			    "policy '%.64s' cannot have the root '%.200s': the state of nsisolate "
			    "is there",
			    name, root);
	for (uint32_t i = 0; i < p->row.dirs.count; i++) {
		const struct draft_dir *dir = draft_dir(d, p->row.dirs.first + i);

		if (dir->row.method == POL_METHOD_DISK)
			draft_error(
				d, dir->row.where,
				"'%.200s' in policy '%.64s' cannot be on \"disk\": with 'root' the "
				"instances are out of reach",
				draft_str(d, dir->row.path), name);
	}
}

static void view_check_limits(struct draft *d, const struct draft_policy *p)
{
	const uint64_t key = key_bit(K_LIMITS);
	const char *name = draft_str(d, p->row.name);

	if ((p->seen.given & ~p->seen.bad & key) && !pol_has_limits(&p->row.limits))
		draft_error(d, p->row.where,
			    "'limits' in policy '%.64s' has none of 'tasks', 'memory' and 'cpu'",
			    name);
	if (p->row.scope == POL_SCOPE_GROUP && pol_has_limits(&p->row.limits) &&
	    view_is_due(p, key | key_bit(K_SCOPE)))
		draft_error(d, p->row.where,
			    "policy '%.64s' has 'limits', which need another scope than \"group\": "
			    "the sessions of several users are in a control group of each user's, "
			    "and out of it their logins would be lost to the system",
			    name);
}

static void check_hook(struct draft *d, const struct draft_policy *p, enum key_id key,
		       const struct pol_hook *hook)
{
	if (strlen(draft_str(d, hook->run)) > 255 && view_is_due(p, key_bit(key)))
		draft_error(d, p->row.where,
			    "'%s' in policy '%.64s' has a path of more than 255 bytes",
			    keys[key].name, draft_str(d, p->row.name));
	if (hook->run != 0 && hook->timeout == 0 && view_is_due(p, key_bit(key)))
		draft_error(d, p->row.where,
			    "'%s' in policy '%.64s' has no time to run in: its "
			    "'timeout' is \"0\"",
			    keys[key].name, draft_str(d, p->row.name));
	if (hook->run != 0 && hook->place == POL_HOOK_INSIDE && !(p->row.types & ns_bit(NS_MNT)) &&
	    view_is_due(p, key_bit(key)))
		draft_warning(
			d, p->row.where,
			"'%s' in policy '%.64s' is inside, but there is no namespace \"mount\"",
			keys[key].name, draft_str(d, p->row.name));
}

void check_view(struct draft *d, const struct draft_policy *p)
{
	const struct pol_view *v = &p->row.view;
	const struct {
		enum key_id key;
		bool is_there;
		enum nstype type;
	} needs[] = {
		{K_NESTED, v->nested != POL_NESTED_DENY, NS_PID},
		{K_BIND, v->binds.count > 0, NS_MNT},
		{K_HIDE, v->hidden.count > 0, NS_MNT},
		{K_READONLY, v->readonly.count > 0, NS_MNT},
		{K_UNMOUNT, v->unmounts.count > 0, NS_MNT},
		{K_PROPAGATION, v->propagations.count > 0, NS_MNT},
		{K_PROC, v->proc.hidepid != 0 || v->proc.subset != 0, NS_MNT},
		{K_HOME, v->home != POL_HOME_HOST, NS_MNT},
		{K_SYSCTL, check_count_sysctls(d, p, false) > 0, NS_IPC},
		{K_SYSCTL, check_count_sysctls(d, p, true) > 0, NS_NET},
		{K_ROOT, v->root != 0, NS_MNT},
		{K_CLOCK, v->clock.boottime != 0 || v->clock.monotonic != 0, NS_TIME},
	};

	for (size_t i = 0; p->row.types != 0 && i < sizeof(needs) / sizeof(needs[0]); i++) {
		uint64_t about = key_bit(needs[i].key) | key_bit(K_NAMESPACES);

		if (needs[i].is_there && !(p->row.types & ns_bit(needs[i].type)) &&
		    view_is_due(p, about))
			draft_error(d, p->row.where,
				    "policy '%.64s' has '%s', so its 'namespaces' must "
				    "have \"%s\"",
				    draft_str(d, p->row.name), keys[needs[i].key].name,
				    ns_types[needs[i].type].word);
	}
	check_home(d, p);
	check_root(d, p);
	userns_check(d, p);
	view_check_limits(d, p);
	check_hook(d, p, K_ON_CREATE, &v->on_create);
	check_hook(d, p, K_ON_END, &v->on_end);
}
