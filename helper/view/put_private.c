/* SPDX-License-Identifier: MIT */
/* Private directories and overlays: found again where something covers them, and put back */
#include "view/put.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/mountinfo.h"
#include "base/path.h"
#include "base/text.h"
#include "mnt/mnt.h"
#include "view/cover.h"
#include "view/visit.h"

enum {
	RECOVER_LAYERS_MAX = 64
};

/* A copy of the set's mounts for this process alone, from which nothing goes back. */
static int private_copy(struct nsi_fail *f)
{
	struct mount_attr attr = {.propagation = MS_PRIVATE};

	if (unshare(CLONE_NEWNS) < 0)
		return fail_errno(f, errno, "cannot copy the mounts of the set");
	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return fail_errno(f, errno, "cannot cut a copy off from the set");
	return 0;
}

static bool private_is_here(const struct cover_set *set, const struct cover_row *row)
{
	const struct cover_source none = {.err = ENODATA};
	struct nsi_fail ignored = {""};

	return cover_check(set, row, &none, &ignored) == COVER_IN_PLACE;
}

/* Takes away the mount on the longest part of @path that is one.  Returns false if there is none but "/". */
static bool private_peel(const char *path)
{
	char part[PATH_MAX];

	text_fmt(part, sizeof(part), "%s", path);
	for (char *slash = strrchr(part, '/'); slash; slash = strrchr(part, '/')) {
		NSI_AUTO_FD int fd = path_open(AT_FDCWD, part, O_PATH, PATH_ANY);

		if (fd >= 0 && mnt_is_root(fd) > 0)
			return umount2(part, MNT_DETACH | UMOUNT_NOFOLLOW) == 0;
		*slash = '\0';
		if (slash == part)
			break;
	}
	return false;
}

/* Where else the file system of @dev is mounted and can be seen.  Returns an O_PATH descriptor or -ENOENT. */
static int private_moved(int proc, dev_t dev)
{
	NSI_CLEANUP(mountinfo_done) struct mountinfo_table table = {0};
	struct mountinfo m;
	char name[32];

	text_fmt(name, sizeof(name), "%d/mountinfo", (int)getpid());
	if (mountinfo_open_at(&table, proc, name) < 0)
		return -ENOENT;
	while (mountinfo_next(&table, &m) > 0) {
		const bool is_whole = strcmp(m.root, "/") == 0 && mountinfo_has_dev(&m, dev);
		NSI_AUTO_FD int place =
			is_whole ? path_open(AT_FDCWD, m.point, O_PATH, PATH_ANY) : -EBADF;
		struct stat st;

		if (place >= 0 && fstat(place, &st) == 0 && st.st_dev == dev &&
		    mnt_is_root(place) > 0)
			return nsi_take_fd(&place);
	}
	return -ENOENT;
}

/* Takes mounts away until @row is what its path leads to.  Returns whether it came to that. */
static bool private_dig(const struct cover_set *set, const struct cover_row *row)
{
	for (int i = 0; i < RECOVER_LAYERS_MAX && private_peel(cover_path(row)); i++)
		if (private_is_here(set, row))
			return true;
	return false;
}

int recover_uncover(const struct cover_set *set, const struct cover_row *row, struct nsi_fail *f)
{
	return private_dig(set, row)
		       ? 0
		       : fail_set(f, ENOENT, "the mount that covers %.150s cannot be removed",
				  cover_path(row));
}

int recover_find(const struct cover_set *set, const struct cover_row *row, int proc,
		 enum recover_how *ret_how, struct nsi_fail *f)
{
	NSI_AUTO_FD int place = -EBADF;
	int r = private_copy(f);

	if (r < 0)
		return r;
	/* By device before anything is taken away; one on disk shares that with much else. */
	if (row->type == COVER_PRIVATE && row->method != COVER_DISK && row->dir < set->dir_count) {
		place = private_moved(proc, set->dev[row->dir]);
		*ret_how = RECOVER_MOVED;
	}
	if (place < 0 && private_dig(set, row)) {
		place = path_open_place(cover_path(row), f);
		*ret_how = RECOVER_COVERED;
	}
	return place < 0 ? -ENOENT : mnt_clone_tree(place, 0, f);
}

/* A new instance, as the one of before is gone with all that was in it. */
static int private_make(const struct cover_row *row, int target, uint32_t attrs, struct nsi_fail *f)
{
	const struct mnt_tmpfs options = {
		.size = row->bytes,
		.size_percent = row->percent,
		.inodes = row->inodes,
		.mode = row->mode,
		.attrs = attrs,
	};
	NSI_AUTO_FD int mount = -EBADF;

	if (row->method == COVER_DISK)
		return fail_set(f, ENOENT, "the instance of %.150s is gone", cover_path(row));
	mount = row->method == COVER_OVERLAY ? mnt_attach_overlay(target, &options, f)
					     : mnt_new_tmpfs(&options, f);
	if (mount < 0 || row->method == COVER_OVERLAY)
		return mount < 0 ? mount : 0;
	return mnt_attach(mount, target, f);
}

int cover_put_private(const struct cover_row *row, int mount, struct nsi_fail *f)
{
	NSI_AUTO_FD int target = mnt_open_target(cover_path(row), f);
	uint32_t attrs;

	if (target < 0)
		return target;
	attrs = row->attrs;
	if (!(row->flags & COVER_EXEC))
		attrs |= mnt_restrictions(target) & MOUNT_ATTR_NOEXEC;
	if (mount < 0)
		return private_make(row, target, attrs, f);
	if (mnt_add_attrs(mount, attrs, f) < 0)
		return -EPERM;
	return mnt_attach(mount, target, f);
}

/* As it was made at first: see cover_type. */
int cover_put_home(const struct cover_row *row, int mount, struct nsi_fail *f)
{
	NSI_AUTO_FD int target = path_open_place(cover_path(row), f);
	NSI_AUTO_FD int made = -EBADF;
	struct mnt_tmpfs options = {
		.mode = 0700,
		.attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	};

	if (target < 0)
		return target;
	if (mount >= 0)
		return mnt_attach(mount, target, f);
	options.attrs |= mnt_restrictions(target);
	made = mnt_attach_overlay(target, &options, f);
	return made < 0 ? made : 0;
}
