/* SPDX-License-Identifier: MIT */

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "host/host.h"
#include "instance/instance.h"
#include "mnt/mnt.h"
#include "net/net.h"
#include "policy/image.h"
#include "policy/pathname.h"
#include "setup/parts.h"
#include "setup/setup.h"
#include "view/cover.h"

static_assert((int)COVER_TMPFS == (int)POL_METHOD_TMPFS &&
		      (int)COVER_DISK == (int)POL_METHOD_DISK &&
		      (int)COVER_OVERLAY == (int)POL_METHOD_OVERLAY,
	      "the methods are in one order");

/* Where an instance on disk lies; "" for the other methods. */
static int covers_instance(const struct setup_plan *plan, const struct pol_dir *dir,
			   char path[PATH_MAX])
{
	char parent[64], name[NAME_MAX + 1];
	struct instance_key key;
	int n;

	path[0] = '\0';
	if (dir->method != POL_METHOD_DISK)
		return 0;
	key = setup_instance_key(plan, dir);
	instance_parent_name(&key, parent);
	if (instance_name(policy_str(plan->image, dir->path), name, sizeof(name)) < 0)
		return -ENAMETOOLONG;
	n = snprintf(path, PATH_MAX, "%s/%s/%s", plan->host->statedir, parent, name);
	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static int covers_keep(const struct setup_plan *plan, const struct pol_dir *dir,
		       struct cover_list *list)
{
	const struct cover_row row = {.type = COVER_KEPT,
				      .attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
	const char *above = policy_str(plan->image, dir->path);
	char users[SETUP_USERS_SIZE];
	int r = 0;

	setup_keep_users(plan, dir, users);

	for (uint32_t i = 0; i < dir->keep.count && i < POL_KEEP_MAX && r == 0; i++) {
		char path[PATH_MAX];

		text_fmt(path, sizeof(path), "%s/%s", above,
			 policy_list_str(plan->image, dir->keep, i));
		r = cover_list_add(list, &row, path, path, users);
	}
	return r;
}

static int covers_directory(const struct setup_plan *plan, uint32_t number, struct cover_list *list)
{
	const struct pol_dir *dir = policy_dir(plan->image, plan->policy->dirs.first + number);
	const struct cover_row row = {
		.type = COVER_PRIVATE,
		.method = dir->method,
		.mode = dir->mode,
		.attrs = dir->attrs & ~POL_ATTR_EXEC,
		.flags = dir->attrs & POL_ATTR_EXEC ? COVER_EXEC : 0,
		.percent = dir->size_percent,
		.bytes = dir->size,
		.inodes = dir->inodes,
		.dir = number,
	};
	char instance[PATH_MAX];
	int r = covers_instance(plan, dir, instance);

	if (r < 0)
		return r;
	r = cover_list_add(list, &row, policy_str(plan->image, dir->path), instance, NULL);
	return r < 0 || dir->method == POL_METHOD_OVERLAY ? r : covers_keep(plan, dir, list);
}

/* Covers that the build has not made, as the host or the set has none, are skipped later. */
static int covers_files(const struct setup_plan *plan, struct cover_list *list)
{
	const bool has_name = (plan->policy->types & ns_bit(NS_UTS)) && plan->policy->hostname;
	const bool has_net = (plan->policy->types & ns_bit(NS_NET)) && plan->net;
	struct cover_row row = {.type = COVER_FILE, .attrs = MNT_READONLY};
	int r;

	r = has_name ? cover_list_add(list, &row, "/etc/hostname", "hostname", NULL) : 0;
	if (r < 0)
		return r;
	row.flags = COVER_FOLLOWS;
	r = has_name ? cover_list_add(list, &row, "/etc/hosts", "hosts", NULL) : 0;
	if (r < 0 || !has_net)
		return r;
	/* With servers of the policy's, or none, it says the same whatever the host asks. */
	row.flags = !plan->net->has_dns && plan->net->mode != NET_NONE ? COVER_FOLLOWS : 0;
	return cover_list_add(list, &row, "/etc/resolv.conf", "resolv.conf", NULL);
}

int setup_list_netns(const char *name, struct cover_list *list)
{
	const struct cover_row row = {.type = COVER_FILE,
				      .attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
	char path[PATH_MAX];
	NSI_AUTO_DIR DIR *dir = NULL;
	struct dirent *e;
	int r = 0;

	text_fmt(path, sizeof(path), "/etc/netns/%.63s", name);
	dir = name[0] ? opendir(path) : NULL;
	if (!dir)
		return name[0] && errno != ENOENT ? -errno : 0;
	while (r == 0 && (errno = 0, (e = readdir(dir)) != NULL)) {
		char to[PATH_MAX];

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		text_fmt(path, sizeof(path), "/etc/netns/%.63s/%s", name, e->d_name);
		text_fmt(to, sizeof(to), "/etc/%s", e->d_name);
		r = cover_list_add(list, &row, to, path, NULL);
	}
	return r == 0 ? -errno : r;
}

static int covers_paths(const struct setup_plan *plan, struct pol_list paths, uint8_t type,
			struct cover_list *list)
{
	const struct cover_row row = {.type = type};
	int r = 0;

	for (uint32_t i = 0; i < paths.count && r == 0; i++) {
		const struct pol_mount *m = policy_mount(plan->image, paths.first + i);

		r = cover_list_add(list, &row, policy_str(plan->image, m->target), "", NULL);
	}
	return r;
}

static int covers_binds(const struct setup_plan *plan, struct cover_list *list)
{
	const struct pol_list binds = plan->policy->view.binds;
	int r = 0;

	for (uint32_t i = 0; i < binds.count && r == 0; i++) {
		const struct pol_mount *m = policy_mount(plan->image, binds.first + i);
		const char *to = policy_str(plan->image, m->target);
		struct cover_row row = {.type = COVER_BIND, .attrs = m->attrs & ~POL_ATTR_EXEC};

		row.flags = m->recursive ? COVER_RECURSIVE : 0;
		if (pathname_denied(to, plan->host->rundir, plan->host->statedir))
			row.flags |= COVER_STRICT;
		r = cover_list_add(list, &row, to, policy_str(plan->image, m->source), NULL);
	}
	return r;
}

int setup_list_covers(const struct setup_plan *plan, struct cover_list *ret)
{
	const struct cover_row home = {.type = COVER_HOME};
	const struct pol_view *v = &plan->policy->view;
	int r;

	if (!(plan->policy->types & ns_bit(NS_MNT)))
		return 0;
	for (uint32_t i = 0; i < plan->policy->dirs.count && i < RECORD_DIRS; i++) {
		r = covers_directory(plan, i, ret);
		if (r < 0)
			return r;
	}
	r = covers_files(plan, ret);
	if (r < 0)
		return r;
	r = covers_paths(plan, v->unmounts, COVER_REMOVED, ret);
	if (r < 0)
		return r;
	r = covers_paths(plan, v->readonly, COVER_READONLY, ret);
	if (r < 0)
		return r;
	r = covers_binds(plan, ret);
	if (r < 0)
		return r;
	r = v->home == POL_HOME_OVERLAY ? cover_list_add(ret, &home, plan->home, "", NULL) : 0;
	return r < 0 ? r : covers_paths(plan, v->hidden, COVER_HIDDEN, ret);
}
