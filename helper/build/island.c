/* SPDX-License-Identifier: MIT */
#include "build/island.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "mnt/mnt.h"

int island_take(int host_dir, const char *name, struct nsi_fail *warning, struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = path_open(host_dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, PATH_ANY);
	struct stat st;

	if (fd == -ENOENT)
		return ISLAND_NONE;
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid != 0) {
		(void)fail_set(warning, EPERM,
			       "%s is not kept: what the host has there is no directory of root's",
			       name);
		return ISLAND_NONE;
	}
	return mnt_clone(fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, f);
}

int island_attach(int island, int instance, const char *name, struct nsi_fail *warning,
		  struct nsi_fail *f)
{
	NSI_AUTO_FD int target = -EBADF;

	/* In an instance that is kept, the user may have put something there; it is covered. */
	if (mkdirat(instance, name, 01777) < 0 && errno != EEXIST)
		return fail_errno(f, errno, "cannot make a place for %s", name);
	target = path_open(instance, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, PATH_ANY);
	if (target < 0) {
		(void)fail_set(warning, EEXIST,
			       "%s is not kept: the private directory has a file of that name",
			       name);
		return 0;
	}
	return mnt_attach(island, target, f);
}
