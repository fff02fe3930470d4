/* SPDX-License-Identifier: MIT */
/* The root of a set, and the file systems of the kernel in it that show a namespace */
#include "setup/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "cgroup/cgroup.h"
#include "host/host.h"
#include "mnt/mnt.h"
#include "policy/image.h"
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
	NSI_AUTO_FD int from = path_open_place(path, f);
	NSI_AUTO_FD int mount = from < 0 ? from : mnt_clone_tree(from, attrs, f);

	return mount < 0 ? mount : mnt_attach_below(root, path, mount, f);
}

/* An empty one: what runs on the host has its sockets there. */
static int root_make_run(int root, struct nsi_fail *f)
{
	static const struct mnt_tmpfs options = {.mode = 0755, .attrs = MNT_PLAIN};
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
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(carried) / sizeof(carried[0]); i++) {
		r = carried[i].path ? root_carry(root, carried[i].path, carried[i].attrs, f) : 0;
		if (r < 0)
			return r;
	}
	return mnt_pivot(root, f);
}

enum {
	OPTIONS_MAX = 16
};

static int root_open_dir(const char *path)
{
	return path_open(AT_FDCWD, path, O_PATH | O_DIRECTORY, PATH_ANY);
}

/* Attaches @mount on @target, the directory @path; either can be the -errno of having none. */
static int root_attach_fs(const char *path, int mount, int target, struct nsi_fail *f)
{
	NSI_AUTO_FD int made = mount;

	if (made < 0)
		return made;
	return target < 0 ? fail_errno(f, target, "cannot open %s", path)
			  : mnt_attach(made, target, f);
}

static int root_cover_fs(const char *path, int mount, struct nsi_fail *f)
{
	NSI_AUTO_FD int target = root_open_dir(path);

	return root_attach_fs(path, mount, target, f);
}

void setup_stock_mqueue(void)
{
	stock_fs("mqueue", MNT_PLAIN);
}

int setup_mqueue(const struct setup_plan *plan, struct nsi_fail *f)
{
	const char *path = "/dev/mqueue";
	NSI_AUTO_FD int target = -EBADF;

	if (!(plan->policy->types & ns_bit(NS_IPC)))
		return 0;
	target = root_open_dir(path);
	if (target == -ENOENT) /* then nobody sees the host's queues there either */
		return 0;
	return root_attach_fs(path, stock_new_fs("mqueue", MNT_PLAIN, f), target, f);
}

int setup_proc(const struct setup_plan *plan, struct nsi_fail *f)
{
	static const char *const hidepid[POL_HIDEPID_MAX] = {
		[POL_HIDEPID_OFF] = "off",
		[POL_HIDEPID_NOACCESS] = "noaccess",
		[POL_HIDEPID_INVISIBLE] = "invisible",
		[POL_HIDEPID_PTRACEABLE] = "ptraceable",
	};
	const struct pol_proc *proc = &plan->policy->view.proc;
	struct mnt_option options[2];
	unsigned count = 0;

	if (proc->hidepid != POL_HIDEPID_OFF)
		options[count++] = (struct mnt_option){"hidepid", hidepid[proc->hidepid]};
	if (proc->subset != POL_SUBSET_ALL)
		options[count++] = (struct mnt_option){"subset", "pid"};
	if (count == 0 && !(plan->policy->types & ns_bit(NS_PID)))
		return 0;
	return root_cover_fs("/proc", mnt_new_fs("proc", MNT_PLAIN, options, count, f), f);
}

/* Which hierarchy it is, out of the words of the mount that shows it on the host. */
static unsigned root_choose_options(char *words, struct mnt_option ret[OPTIONS_MAX])
{
	static const char others[] =
		"rw,ro,xattr,noprefix,clone_children,cpuset_v2_mode,favordynmods";
	unsigned count = 0;
	char *rest = words, *word;

	while ((word = strsep(&rest, ",")) != NULL && count < OPTIONS_MAX) {
		if (cgroup_has_option(others, word) || strncmp(word, "release_agent=", 14) == 0)
			continue;
		if (strncmp(word, "name=", 5) == 0)
			ret[count++] = (struct mnt_option){"name", word + 5};
		else
			ret[count++] = (struct mnt_option){word, NULL};
	}
	return count;
}

/* Covers each mount of cgroups by one that begins at the root of the new namespace. */
int setup_cgroups(const struct setup_plan *plan, struct nsi_fail *f)
{
	struct cgroup_mount mounts[CGROUP_MOUNTS_MAX];
	int count;

	if (!(plan->policy->types & ns_bit(NS_CGROUP)))
		return 0;
	count = cgroup_read_mounts(mounts);
	if (count < 0)
		return fail_errno(f, count, "cannot find the mounts of cgroups");
	for (int i = 0; i < count; i++) {
		struct cgroup_mount *m = &mounts[i];
		uint32_t attrs = MNT_PLAIN | (m->is_readonly ? MOUNT_ATTR_RDONLY : 0);
		struct mnt_option options[OPTIONS_MAX];
		unsigned n = m->is_v2 ? 0 : root_choose_options(m->options, options);
		int mount = mnt_new_fs(m->is_v2 ? "cgroup2" : "cgroup", attrs, options, n, f);
		int r = root_cover_fs(m->point, mount, f);

		if (r < 0)
			return r;
	}
	return 0;
}
