/* SPDX-License-Identifier: MIT */
#include "base/cwd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>

#include "base/cleanup.h"

int cwd_open(void)
{
	int fd = open_tree(AT_FDCWD, "", AT_EMPTY_PATH | OPEN_TREE_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int cwd_configure(int fs)
{
	/* The source is what findmnt(8) shows. */
	if (fsconfig(fs, FSCONFIG_SET_STRING, "source", "nsisolate", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0555", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "nr_inodes", "1", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	return 0;
}

int cwd_make_empty(void)
{
	const unsigned attrs =
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	NSI_AUTO_FD int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	int r = fs < 0 ? -errno : cwd_configure(fs);

	if (r < 0)
		return r;
	r = fsmount(fs, FSMOUNT_CLOEXEC, attrs);
	return r < 0 ? -errno : r;
}
