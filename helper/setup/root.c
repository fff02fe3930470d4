/* SPDX-License-Identifier: MIT */
/* The change to another root file system */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "host/host.h"
#include "mnt/mnt.h"
#include "policy/image.h"
#include "setup/parts.h"
#include "setup/setup.h"

/* The image as a mount of its own, on its own place. */
static int root_make(const struct setup_plan *plan, const char *path, struct nsi_fail *f)
{
	struct mnt_tmpfs upper = {.mode = 0700};
	NSI_AUTO_FD int place = path_open_trusted(path, O_PATH | O_DIRECTORY, PATH_ROOT_OWNED, f);
	NSI_AUTO_FD int mount = -EBADF;
	int r;

	if (place < 0)
		return place;
	upper.attrs = mnt_restrictions(place);
	if (plan->policy->view.root_method == POL_ROOT_OVERLAY)
		return mnt_attach_overlay(place, &upper, f);
	mount = mnt_clone_tree(place, MOUNT_ATTR_RDONLY, f);
	if (mount < 0)
		return mount;
	r = mnt_attach(mount, place, f);
	return r < 0 ? r : nsi_take_fd(&mount);
}

/* Copies a part of the host's tree that every root needs: @path, with the mounts below it. */
static int root_carry(int root, const char *path, uint32_t attrs, struct nsi_fail *f)
{
	NSI_AUTO_FD int from = mnt_open_place(path, f);
	NSI_AUTO_FD int mount = from < 0 ? from : mnt_clone_tree(from, attrs, f);

	return mount < 0 ? mount : mnt_attach_below(root, path, mount, f);
}

/* An empty one: what runs on the host has its sockets there. */
static int root_make_run(int root, struct nsi_fail *f)
{
	static const struct mnt_tmpfs options = {
		.mode = 0755,
		.attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	};
	NSI_AUTO_FD int mount = mnt_new_tmpfs(&options, f);

	return mount < 0 ? mount : mnt_attach_below(root, "/run", mount, f);
}

/* The kernel gives the number of an overlay to no other file system while it is there. */
static int root_read_dev(const struct setup_plan *plan, int root, uint64_t *ret, struct nsi_fail *f)
{
	struct stat st;

	*ret = 0;
	if (plan->policy->view.root_method != POL_ROOT_OVERLAY)
		return 0;
	if (fstat(root, &st) < 0)
		return fail_errno(f, errno, "cannot look at the overlay over the root");
	*ret = st.st_dev;
	return 0;
}

int setup_root(const struct setup_plan *plan, uint64_t *ret_dev, struct nsi_fail *f)
{
	const char *path = policy_str(plan->image, plan->policy->view.root);
	const bool has_home = plan->home[0] == '/' && plan->home[1] != '\0';
	const struct {
		const char *path;
		uint32_t attrs;
	} carried[] = {
		{"/proc", 0},
		{"/dev", 0},
		{"/sys", MOUNT_ATTR_RDONLY},
		{plan->host->rundir, 0}, /* for logins from inside, and for files of this one */
		{has_home ? plan->home : NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV},
	};
	NSI_AUTO_FD int root = -EBADF;
	int r;

	if (!path[0])
		return 0;
	root = root_make(plan, path, f);
	if (root < 0)
		return root;
	r = root_read_dev(plan, root, ret_dev, f);
	if (r < 0)
		return r;
	r = root_make_run(root, f);
	for (size_t i = 0; i < sizeof(carried) / sizeof(carried[0]) && r == 0; i++)
		if (carried[i].path)
			r = root_carry(root, carried[i].path, carried[i].attrs, f);
	return r < 0 ? r : mnt_pivot(root, f);
}
