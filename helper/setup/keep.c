/* SPDX-License-Identifier: MIT */
#include "setup/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "mnt/mnt.h"
#include "setup/parts.h"
#include "setup/setup.h"
#include "view/keep_place.h"

int setup_keep_take(int host_dir, const char *name, const char *users, struct setup_report *report)
{
	NSI_AUTO_FD int fd = path_open(host_dir, name, O_PATH | O_NOFOLLOW, PATH_ANY);
	struct stat st;

	if (fd == -ENOENT)
		return SETUP_KEEP_NONE;
	if (fd < 0 || fstat(fd, &st) < 0 || !kept_is_trusted(&st, users)) {
		setup_warn(
			report,
			"%s is not kept: what the host has there is no directory of root's, and no "
			"socket of root's or of a user in keep_users",
			name);
		return SETUP_KEEP_NONE;
	}
	return mnt_clone(fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, &report->fail);
}

int setup_keep_attach(int kept_mount, int instance, const char *name, struct setup_report *report)
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
