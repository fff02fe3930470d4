/* SPDX-License-Identifier: MIT */
/* Private directories and overlays, put back */
#include <errno.h>
#include <sys/mount.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "mnt/mnt.h"
#include "view/cover.h"
#include "view/put.h"

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
	NSI_AUTO_FD int target = mnt_open_place(cover_path(row), f);
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
