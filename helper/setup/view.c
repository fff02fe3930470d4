/* SPDX-License-Identifier: MIT */
/* The mounts that change the rest of the tree: bind, hide, readonly, unmount, proc */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "host/host.h"
#include "mnt/mnt.h"
#include "policy/image.h"
#include "policy/pathname.h"
#include "setup/parts.h"
#include "setup/setup.h"

/*
 * A file that a user can write must not be mounted where root's programs look for their own:
 * the consumer itself, which is root, goes on to work in this view.
 */
static int view_check_bind(const struct setup_plan *plan, int source, int target, const char *to,
			   struct nsi_fail *f)
{
	struct stat from, at;

	if (fstat(source, &from) < 0 || fstat(target, &at) < 0)
		return fail_errno(f, errno, "cannot look at what is bound to %.100s", to);
	if (S_ISDIR(from.st_mode) != S_ISDIR(at.st_mode))
		return fail_set(f, ENOTDIR,
				"cannot bind to %.100s: one is a directory, the other is not", to);
	if ((from.st_uid != 0 || (from.st_mode & (S_IWGRP | S_IWOTH))) &&
	    pathname_denied(to, plan->host->rundir, plan->host->statedir))
		return fail_set(
			f, EPERM,
			"cannot bind to %.100s a file that others than root can write: programs "
			"of root trust what is there",
			to);
	return 0;
}

int setup_take_binds(const struct setup_plan *plan, int mounts[SETUP_BINDS_MAX], struct nsi_fail *f)
{
	const struct pol_list binds = plan->policy->view.binds;

	for (uint32_t i = 0; i < SETUP_BINDS_MAX; i++)
		mounts[i] = -EBADF;
	if (binds.count > SETUP_BINDS_MAX)
		return fail_set(f, E2BIG, "there are more than %d binds", SETUP_BINDS_MAX);
	for (uint32_t i = 0; i < binds.count; i++) {
		const struct pol_mount *m = policy_mount(plan->image, binds.first + i);
		NSI_AUTO_FD int source = path_open_place(policy_str(plan->image, m->source), f);

		if (source < 0)
			return source;
		mounts[i] = m->recursive ? mnt_clone_tree(source, m->attrs & ~POL_ATTR_EXEC, f)
					 : mnt_clone(source, m->attrs & ~POL_ATTR_EXEC, f);
		if (mounts[i] < 0)
			return mounts[i];
	}
	return 0;
}

static int view_bind_one(const struct setup_plan *plan, const struct pol_mount *m, int mount,
			 struct nsi_fail *f)
{
	const char *to = policy_str(plan->image, m->target);
	NSI_AUTO_FD int target = path_open_place(to, f);
	int r;

	if (target < 0)
		return target;
	r = view_check_bind(plan, mount, target, to, f);
	if (r < 0)
		return r;
	r = mnt_attach(mount, target, f);
	return r < 0 ? r : mnt_verify(to, mount, f);
}

/* A failure ends the process, and the mounts with it. */
static int view_bind_all(const struct setup_plan *plan, int mounts[SETUP_BINDS_MAX],
			 struct nsi_fail *f)
{
	const struct pol_list binds = plan->policy->view.binds;

	for (uint32_t i = 0; i < binds.count; i++) {
		NSI_AUTO_FD int mount = nsi_take_fd(&mounts[i]);
		int r = view_bind_one(plan, policy_mount(plan->image, binds.first + i), mount, f);

		if (r < 0)
			return r;
	}
	return 0;
}

/* An empty file that is not to be written; a directory gets an empty tmpfs. */
static int view_new_mask(const struct setup_plan *plan, int target, struct nsi_fail *f)
{
	static const struct mnt_tmpfs nothing = {.inodes = 2, .mode = 0555, .attrs = MNT_READONLY};
	NSI_AUTO_FD int dir = -EBADF;
	NSI_AUTO_FD int file = -EBADF;
	struct stat st;
	int r;

	if (fstat(target, &st) < 0)
		return fail_errno(f, errno, "cannot look at what is to be hidden");
	if (S_ISDIR(st.st_mode))
		return mnt_new_tmpfs(&nothing, f);
	dir = setup_files(plan, f);
	if (dir < 0)
		return dir;
	r = path_write_file(dir, "nothing", 0444, "", 0);
	if (r < 0)
		return fail_errno(f, r, "cannot make an empty file");
	file = path_open(dir, "nothing", O_PATH | O_NOFOLLOW, PATH_XDEV_NO);
	return file < 0 ? fail_errno(f, file, "cannot open the empty file")
			: mnt_clone(file, MNT_READONLY, f);
}

static int view_hide_one(const struct setup_plan *plan, const struct pol_mount *m,
			 struct nsi_fail *f)
{
	const char *path = policy_str(plan->image, m->target);
	NSI_AUTO_FD int target = path_open_place(path, f);
	NSI_AUTO_FD int mount = target < 0 ? target : view_new_mask(plan, target, f);
	int r;

	if (mount < 0)
		return mount;
	r = mnt_attach(mount, target, f);
	return r < 0 ? r : mnt_verify(path, mount, f);
}

static int view_readonly_one(const struct setup_plan *plan, const struct pol_mount *m,
			     struct nsi_fail *f)
{
	return mnt_make_readonly(policy_str(plan->image, m->target), f);
}

static int view_unmount_one(const struct setup_plan *plan, const struct pol_mount *m,
			    struct nsi_fail *f)
{
	return mnt_remove(policy_str(plan->image, m->target), f);
}

static int view_propagate_one(const struct setup_plan *plan, const struct pol_mount *m,
			      struct nsi_fail *f)
{
	static const uint64_t flags[POL_PROPAGATION_MAX] = {
		[POL_PROPAGATION_SLAVE] = MS_SLAVE,
		[POL_PROPAGATION_PRIVATE] = MS_PRIVATE,
		[POL_PROPAGATION_SHARED] = MS_SHARED,
		[POL_PROPAGATION_UNBINDABLE] = MS_UNBINDABLE,
	};

	return mnt_set_propagation(policy_str(plan->image, m->target), flags[m->propagation], f);
}

/*
 * Without a word for the whole tree it is shared below what it has from the host, as systemd does
 * for its units: what is mounted in a set is seen in the namespaces that are made inside, and
 * rootless podman does not complain.
 */
static bool view_has_propagation_of_root(const struct setup_plan *plan)
{
	const struct pol_list list = plan->policy->view.propagations;

	for (uint32_t i = 0; i < list.count; i++)
		if (strcmp(policy_str(plan->image,
				      policy_mount(plan->image, list.first + i)->target),
			   "/") == 0)
			return true;
	return false;
}

static int view_home_overlay(const struct setup_plan *plan, struct nsi_fail *f)
{
	struct mnt_tmpfs options = {
		.mode = 0700,
		.attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	};
	NSI_AUTO_FD int target = -EBADF;
	NSI_AUTO_FD int mount = -EBADF;

	if (plan->policy->view.home != POL_HOME_OVERLAY)
		return 0;
	target = path_open_place(plan->home, f);
	if (target < 0)
		return target;
	options.attrs |= mnt_restrictions(target);
	mount = mnt_attach_overlay(target, &options, f);
	return mount < 0 ? mount : mnt_verify(plan->home, mount, f);
}

typedef int one(const struct setup_plan *plan, const struct pol_mount *m, struct nsi_fail *f);

static int view_each(const struct setup_plan *plan, struct pol_list list, one *act,
		     struct nsi_fail *f)
{
	int r = 0;

	for (uint32_t i = 0; i < list.count && r == 0; i++)
		r = act(plan, policy_mount(plan->image, list.first + i), f);
	return r;
}

/*
 * Later steps can change the results of earlier ones: a bind opens a place in a tree that
 * is read-only, and a part of it can be hidden.
 */
int setup_view(const struct setup_plan *plan, int binds[SETUP_BINDS_MAX], struct nsi_fail *f)
{
	const struct pol_view *v = &plan->policy->view;
	int r = view_each(plan, v->unmounts, view_unmount_one, f);

	if (r < 0)
		return r;
	r = view_each(plan, v->readonly, view_readonly_one, f);
	if (r < 0)
		return r;
	r = view_bind_all(plan, binds, f);
	if (r < 0)
		return r;
	r = view_home_overlay(plan, f);
	if (r < 0)
		return r;
	r = view_each(plan, v->hidden, view_hide_one, f);
	if (r < 0)
		return r;
	r = view_has_propagation_of_root(plan) ? 0 : mnt_set_propagation("/", MS_SHARED, f);
	return r < 0 ? r : view_each(plan, v->propagations, view_propagate_one, f);
}
