/* SPDX-License-Identifier: MIT */
/* Overlays: directories of the host that can be written to without being changed */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "mnt/mnt.h"

/* The top of an overlay looks as its upper directory does: give that the lower one's owner and mode. */
static int overlay_make_upper(int scratch, int lower, struct nsi_fail *f)
{
	NSI_AUTO_FD int dir = path_make_dir(scratch, "upper", 0700, f);
	struct stat st;

	if (dir < 0)
		return dir;
	if (fstat(lower, &st) < 0 || fchown(dir, st.st_uid, st.st_gid) < 0 ||
	    fchmod(dir, st.st_mode & 07777) < 0)
		return fail_errno(f, errno, "cannot make an overlay look like what is below");
	return nsi_take_fd(&dir);
}

int mnt_attach_overlay(int target, const struct mnt_tmpfs *options, struct nsi_fail *f)
{
	NSI_AUTO_FD int scratch = mnt_new_tmpfs(options, f);
	NSI_AUTO_FD int upper = -EBADF;
	NSI_AUTO_FD int work = -EBADF;
	NSI_AUTO_FD int mount = -EBADF;
	int r;

	if (scratch < 0)
		return scratch;
	/* Below the overlay itself, where nobody sees it: layers must be attached somewhere. */
	r = mnt_attach(scratch, target, f);
	if (r < 0)
		return r;
	upper = overlay_make_upper(scratch, target, f);
	if (upper < 0)
		return upper;
	work = path_make_dir(scratch, "work", 0700, f);
	if (work < 0)
		return work;
	mount = mnt_new_overlay(target, upper, work, options->attrs, f);
	if (mount < 0)
		return mount;
	r = mnt_attach(mount, scratch, f);
	return r < 0 ? r : nsi_take_fd(&mount);
}
