/* SPDX-License-Identifier: MIT */
/* The private directories of a set */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "host/host.h"
#include "instance/instance.h"
#include "mnt/mnt.h"
#include "policy/image.h"
#include "setup/parts.h"
#include "setup/setup.h"
#include "view/cover.h"

static_assert((int)POL_DIRS_MAX == (int)RECORD_DIRS, "a directory without a record would be lost");

static int dirs_open_disk(const struct setup_plan *plan, const struct pol_dir *dir,
			  struct nsi_fail *f)
{
	const struct instance_key key = setup_instance_key(plan, dir);
	const bool is_kept = plan->policy->scope != POL_SCOPE_SESSION;
	struct instance_retention retention = {
		.until_boot = is_kept && dir->retain == POL_RETAIN_BOOT,
		.age = is_kept && dir->retain == POL_RETAIN_AGE ? dir->retain_age : 0,
		.quota = {.bytes = dir->quota, .files = dir->files},
	};
	NSI_AUTO_FD int state = path_make_trusted_dir(plan->host->statedir, 0700, f);
	int fd, lock;

	if (state < 0)
		return state;
	fd = instance_open(state, &key, policy_str(plan->image, dir->path), dir->mode, &retention,
			   &lock, f);
	if (lock >= 0)
		plan->held->fds[plan->held->count++] = lock;
	return fd;
}

/*
 * The flags of the policy, and what is forbidden where it will stand: @place, a descriptor.  A host
 * whose /tmp is noexec has no private one that programs can be run from, unless the policy says so.
 * suid and dev are off in any case but for a policy that asks for them.
 */
static uint32_t dir_attrs(const struct pol_dir *dir, int place)
{
	uint32_t inherited = dir->attrs & POL_ATTR_EXEC ? 0 : mnt_restrictions(place);

	return (dir->attrs & ~POL_ATTR_EXEC) | (inherited & MOUNT_ATTR_NOEXEC);
}

static struct mnt_tmpfs dirs_tmpfs_of(const struct pol_dir *dir, int place)
{
	return (struct mnt_tmpfs){
		.size = dir->size,
		.size_percent = dir->size_percent,
		.inodes = dir->inodes,
		.mode = dir->mode,
		.attrs = dir_attrs(dir, place),
	};
}

void setup_stock_dir(const struct pol_dir *dir, const char *path)
{
	struct nsi_fail ignored = {""}; /* setup_dir() will say it */
	NSI_AUTO_FD int place =
		dir->method == POL_METHOD_TMPFS ? mnt_open_target(path, &ignored) : -EBADF;
	struct mnt_tmpfs options;

	if (place < 0)
		return;
	options = dirs_tmpfs_of(dir, place);
	stock_tmpfs(&options);
}

/* Without SELinux, labels that are there are of an earlier boot, and only some capabilities may copy them. */
static int dirs_label(const struct setup_plan *plan, int target, int top, struct nsi_fail *f)
{
	return plan->host->has_selinux ? mnt_copy_label_of_dir(target, top, f) : 0;
}

static int setup_overlay_dir(const struct setup_plan *plan, const char *path, int target,
			     const struct pol_dir *dir, uint64_t *ret_dev, struct nsi_fail *f)
{
	struct mnt_tmpfs options = dirs_tmpfs_of(dir, target);
	NSI_AUTO_FD int mount = mnt_attach_overlay(target, &options, f);
	struct stat st;
	int r;

	if (mount < 0)
		return mount;
	if (fstat(mount, &st) == 0)
		*ret_dev = st.st_dev;
	r = dirs_label(plan, target, mount, f);
	return r < 0 ? r : mnt_verify(path, mount, f);
}

/* The mount that will stand at dir->path. */
static int dirs_make_instance(const struct setup_plan *plan, const struct pol_dir *dir, int target,
			      struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = -EBADF;

	if (dir->method == POL_METHOD_TMPFS) {
		const struct mnt_tmpfs options = dirs_tmpfs_of(dir, target);

		return stock_new_tmpfs(&options, f);
	}
	fd = dirs_open_disk(plan, dir, f);
	return fd < 0 ? fd : mnt_clone(fd, dir_attrs(dir, target), f);
}

/*
 * Takes a copy of the mount of @name below @host_dir, before that is covered, if it is to be
 * trusted: see view/cover.h; @users as there.  Returns a detached mount, -ENODATA if there is none
 * to take (why: in the warnings of @report unless it is just not there), or another -errno.
 */
static int dirs_copy_kept(int host_dir, const char *name, const char *users,
			  struct setup_report *report)
{
	NSI_AUTO_FD int fd = path_open(host_dir, name, O_PATH | O_NOFOLLOW, PATH_ANY);
	struct stat st;

	if (fd == -ENOENT)
		return -ENODATA;
	if (fd < 0 || fstat(fd, &st) < 0 || !kept_is_trusted(&st, users)) {
		setup_warn(
			report,
			"%s is not kept: what the host has there is no directory of root's, and no "
			"socket of root's or of a user in keep_users",
			name);
		return -ENODATA;
	}
	return mnt_clone(fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, &report->fail);
}

/* Takes what is kept of the host's directory, before the private one covers it. */
static int dirs_take_kept(const struct setup_plan *plan, const struct pol_dir *dir, int target,
			  int kept_mounts[POL_KEEP_MAX], struct setup_report *report)
{
	char users[SETUP_USERS_SIZE];

	for (uint32_t i = 0; i < POL_KEEP_MAX; i++)
		kept_mounts[i] = -EBADF;
	setup_keep_users(plan, dir, users);
	for (uint32_t i = 0; i < dir->keep.count && i < POL_KEEP_MAX; i++) {
		kept_mounts[i] = dirs_copy_kept(target, policy_list_str(plan->image, dir->keep, i),
						users, report);
		if (kept_mounts[i] < 0 && kept_mounts[i] != -ENODATA)
			return kept_mounts[i];
	}
	return 0;
}

/* Attaches it as @name below @instance, the root of an attached instance.  Returns 0 or -errno. */
static int dirs_attach_kept(int kept_mount, int instance, const char *name,
			    struct setup_report *report)
{
	NSI_AUTO_FD int target = kept_make_place(kept_mount, instance, name, &report->fail);

	if (target == -EEXIST || target == -ENOTDIR || target == -EISDIR || target == -ELOOP) {
		setup_warn(report, "%s is not kept: the private directory has a file of that name",
			   name);
		report->fail.what[0] = '\0';
		return 0;
	}
	return target < 0 ? target : mnt_attach(kept_mount, target, &report->fail);
}

/* A failure ends the process, and the mounts with it. */
static int dirs_attach_all_kept(const struct setup_plan *plan, const struct pol_dir *dir,
				int kept_mounts[POL_KEEP_MAX], int mount,
				struct setup_report *report)
{
	for (uint32_t i = 0; i < dir->keep.count && i < POL_KEEP_MAX; i++) {
		NSI_AUTO_FD int kept = nsi_take_fd(&kept_mounts[i]);
		const char *name = policy_list_str(plan->image, dir->keep, i);
		int r = kept < 0 ? 0 : dirs_attach_kept(kept, mount, name, report);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Directories that tmpfiles.d/x11.conf and x11-common make in the host's /tmp at boot. */
static const char *const socket_dirs[] = {".X11-unix", ".ICE-unix"};

enum {
	SOCKET_DIR_MODE = 01777
};

static bool dirs_has_socket_dir(int dir_fd, const char *name)
{
	struct stat st;

	return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == 0 && (st.st_mode & 07777) == SOCKET_DIR_MODE;
}

/*
 * Makes .X11-unix and .ICE-unix in a private /tmp, empty, where the host's /tmp (@host_tmp) has these
 * directories: mutter, Xwayland and Xvfb start in no /tmp without them.  Something else of that name,
 * which only the user can have made, stays.  @mount: the private directory's top.
 */
static void dirs_make_socket_dirs(const struct setup_plan *plan, int host_tmp, int mount,
				  struct setup_report *report)
{
	for (size_t i = 0; i < sizeof(socket_dirs) / sizeof(socket_dirs[0]); i++) {
		NSI_AUTO_FD int host_dir = -EBADF;
		NSI_AUTO_FD int fd = -EBADF;
		struct nsi_fail f = {""};

		if (!dirs_has_socket_dir(host_tmp, socket_dirs[i]))
			continue;
		fd = path_make_dir(mount, socket_dirs[i], SOCKET_DIR_MODE, &f);
		/* It is kept (a mount, EXDEV), or the user has something else of that name there. */
		if (fd == -EXDEV || fd == -EPERM || fd == -ENOTDIR || fd == -ELOOP)
			continue;
		host_dir = path_open(host_tmp, socket_dirs[i], O_PATH | O_DIRECTORY | O_NOFOLLOW,
				     PATH_ANY);
		if (fd < 0 || (host_dir >= 0 && dirs_label(plan, host_dir, fd, &f) < 0))
			setup_warn(report, "the private /tmp has no %s as the host has it: %s",
				   socket_dirs[i], f.what);
	}
}

int setup_dir(const struct setup_plan *plan, const struct pol_dir *dir, uint64_t *ret_dev,
	      struct setup_report *report)
{
	const char *path = policy_str(plan->image, dir->path);
	struct nsi_fail *f = &report->fail;
	NSI_AUTO_FD int target = mnt_open_target(path, f);
	NSI_AUTO_FD int mount = -EBADF;
	int kept_mounts[POL_KEEP_MAX];
	struct stat st;
	int r;

	if (target < 0)
		return target;
	if (dir->method == POL_METHOD_OVERLAY)
		return setup_overlay_dir(plan, path, target, dir, ret_dev, f);
	r = dirs_take_kept(plan, dir, target, kept_mounts, report);
	if (r < 0)
		return r;
	mount = dirs_make_instance(plan, dir, target, f);
	if (mount < 0)
		return mount;
	r = dirs_label(plan, target, mount, f);
	if (r < 0)
		return r;
	r = mnt_attach(mount, target, f);
	if (r < 0)
		return r;
	r = dirs_attach_all_kept(plan, dir, kept_mounts, mount, report);
	if (r < 0)
		return r;
	if (strcmp(path, "/tmp") == 0)
		dirs_make_socket_dirs(plan, target, mount, report);
	r = mnt_verify(path, mount, f);
	if (r < 0)
		return r;
	if (fstat(mount, &st) == 0)
		*ret_dev = st.st_dev;
	return 0;
}
