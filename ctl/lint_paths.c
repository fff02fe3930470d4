/* SPDX-License-Identifier: MIT */
/* Paths of policies that the helper would refuse on this system */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "base/text.h"
#include "ctl/lint.h"
#include "policy/image.h"
#include "policy/pathname.h"

/* The policy whose paths are looked at, and the receiver of the reports. */
struct path_linter {
	const struct pol_image *image;
	const struct pol_policy *policy;
	lint_fn report;
	void *arg;
};

static void paths_report(const struct path_linter *l, const struct pol_where *where,
			 const char *key, const char *why)
{
	char text[600];

	text_fmt(text, sizeof(text), "policy '%.64s' has a path in '%s' that cannot be used: %s",
		 policy_str(l->image, l->policy->name), key, why);
	l->report(l->arg, &(struct lint){
				  .finding = FIND_PATH_UNUSABLE,
				  .file = policy_str(l->image, where->file),
				  .line = where->line,
				  .text = text,
				  .remedy = "a path that exists, without symbolic links, on which "
					    "others than root can write to nothing",
			  });
}

/* A file that root runs or reads, or a tree that root's programs run in: "" for none. */
static void paths_check_trusted(const struct path_linter *l, const char *key, const char *path)
{
	NSI_AUTO_FD int fd = -EBADF;
	struct nsi_fail f = {""};

	if (!path[0])
		return;
	fd = path_open_trusted(path, O_PATH, PATH_ROOT_OWNED, &f);
	if (fd < 0 && fd != -EACCES)
		paths_report(l, &l->policy->where, key, f.what);
}

static void paths_check_place(const struct path_linter *l, const struct pol_where *where,
			      const char *key, const char *path)
{
	struct nsi_fail f = {""};
	NSI_AUTO_FD int fd = path_open_place(path, &f);

	if (fd < 0 && fd != -EACCES)
		paths_report(l, where, key, f.what);
}

/* Whether a set has something else at @path than this system, by a key that comes before; @binds are those. */
static bool paths_is_of_set(const struct path_linter *l, struct pol_list binds, const char *path)
{
	const struct pol_list dirs = l->policy->dirs;

	for (uint32_t i = 0; i < dirs.count; i++) {
		const struct pol_dir *dir = policy_dir(l->image, dirs.first + i);

		if (pathname_is_within(path, policy_str(l->image, dir->path)))
			return true;
	}
	for (uint32_t i = 0; i < binds.count; i++) {
		const struct pol_mount *m = policy_mount(l->image, binds.first + i);

		if (pathname_is_within(path, policy_str(l->image, m->target)))
			return true;
	}
	return l->policy->view.root != 0;
}

static void paths_check_target(const struct path_linter *l, struct pol_list binds, const char *key,
			       const struct pol_mount *m)
{
	const char *path = policy_str(l->image, m->target);

	if (!paths_is_of_set(l, binds, path))
		paths_check_place(l, &m->where, key, path);
}

static void paths_check_targets(const struct path_linter *l, struct pol_list binds, const char *key,
				struct pol_list list)
{
	for (uint32_t i = 0; i < list.count; i++)
		paths_check_target(l, binds, key, policy_mount(l->image, list.first + i));
}

static void paths_check_binds(const struct path_linter *l, struct pol_list binds)
{
	struct pol_list earlier = {.first = binds.first};

	for (; earlier.count < binds.count; earlier.count++) {
		const struct pol_mount *m = policy_mount(l->image, binds.first + earlier.count);

		paths_check_place(l, &m->where, "bind", policy_str(l->image, m->source));
		paths_check_target(l, earlier, "bind", m);
	}
}

static void paths_check_policy(const struct path_linter *l)
{
	const struct pol_view *v = &l->policy->view;
	const struct pol_network *network = policy_network(l->image, l->policy);
	const struct pol_list none = {0};

	paths_check_trusted(l, "on_create", policy_str(l->image, v->on_create.run));
	paths_check_trusted(l, "on_end", policy_str(l->image, v->on_end.run));
	paths_check_trusted(l, "root", policy_str(l->image, v->root));
	if (network)
		paths_check_trusted(l, "firewall", policy_str(l->image, network->firewall));
	paths_check_targets(l, none, "unmount", v->unmounts);
	paths_check_targets(l, none, "readonly", v->readonly);
	paths_check_binds(l, v->binds);
	paths_check_targets(l, v->binds, "hide", v->hidden);
	paths_check_targets(l, v->binds, "propagation", v->propagations);
}

static bool paths_policy_is_used(const struct pol_image *image, uint32_t policy)
{
	for (uint32_t i = 0; i < image->table[POL_TABLE_RULES].count; i++) {
		const struct pol_rule *rule = policy_rule(image, i);

		if (rule->action == POL_ACTION_POLICY && rule->policy == policy)
			return true;
	}
	return false;
}

void lint_paths(const struct pol_image *image, lint_fn report, void *arg)
{
	for (uint32_t i = 0; i < image->table[POL_TABLE_POLICIES].count; i++) {
		const struct path_linter l = {image, policy_get(image, i), report, arg};

		if (paths_policy_is_used(image, i))
			paths_check_policy(&l);
	}
}
