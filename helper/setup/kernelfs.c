/* SPDX-License-Identifier: MIT */
/* The kernel's file systems that must be mounted anew, as they show a namespace */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "cgroup/cgroup.h"
#include "mnt/mnt.h"
#include "policy/image.h"
#include "setup/parts.h"
#include "setup/setup.h"

enum {
	OPTIONS_MAX = 16
};

static const uint32_t plain_attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

static int kernelfs_open(const char *path)
{
	return path_open(AT_FDCWD, path, O_PATH | O_DIRECTORY, PATH_ANY);
}

/* Attaches @mount on @target, the directory @path; either can be the -errno of having none. */
static int kernelfs_attach(const char *path, int mount, int target, struct nsi_fail *f)
{
	NSI_AUTO_FD int made = mount;

	if (made < 0)
		return made;
	return target < 0 ? fail_errno(f, target, "cannot open %s", path)
			  : mnt_attach(made, target, f);
}

static int kernelfs_cover(const char *path, int mount, struct nsi_fail *f)
{
	NSI_AUTO_FD int target = kernelfs_open(path);

	return kernelfs_attach(path, mount, target, f);
}

void setup_stock_mqueue(void)
{
	stock_fs("mqueue", plain_attrs);
}

int setup_mqueue(const struct setup_plan *plan, struct nsi_fail *f)
{
	const char *path = "/dev/mqueue";
	NSI_AUTO_FD int target = -EBADF;

	if (!(plan->policy->types & ns_bit(NS_IPC)))
		return 0;
	target = kernelfs_open(path);
	if (target == -ENOENT) /* then nobody sees the host's queues there either */
		return 0;
	return kernelfs_attach(path, stock_new_fs("mqueue", plain_attrs, f), target, f);
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
	return kernelfs_cover("/proc", mnt_new_fs("proc", plain_attrs, options, count, f), f);
}

/* Which hierarchy it is, out of the words of the mount that shows it on the host. */
static unsigned kernelfs_choose_options(char *words, struct mnt_option ret[OPTIONS_MAX])
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
	int count, r = 0;

	if (!(plan->policy->types & ns_bit(NS_CGROUP)))
		return 0;
	count = cgroup_read_mounts(mounts);
	if (count < 0)
		return fail_errno(f, count, "cannot find the mounts of cgroups");
	for (int i = 0; i < count && r == 0; i++) {
		struct cgroup_mount *m = &mounts[i];
		uint32_t attrs = plain_attrs | (m->is_readonly ? MOUNT_ATTR_RDONLY : 0);
		struct mnt_option options[OPTIONS_MAX];
		unsigned n = m->is_v2 ? 0 : kernelfs_choose_options(m->options, options);

		r = kernelfs_cover(
			m->point, mnt_new_fs(m->is_v2 ? "cgroup2" : "cgroup", attrs, options, n, f),
			f);
	}
	return r;
}
