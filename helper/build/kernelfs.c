/* SPDX-License-Identifier: MIT */
/* Which file systems of the kernel must a set have anew, as they show a namespace? */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "build/build.h"
#include "build/parts.h"
#include "mnt/mnt.h"
#include "policy/image.h"

int build_mqueue(const struct build_plan *plan, struct nsi_fail *f)
{
	const uint32_t attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	NSI_AUTO_FD int target = -EBADF;
	NSI_AUTO_FD int mount = -EBADF;

	if (!(plan->policy->kinds & ns_bit(NS_IPC)))
		return 0;
	target = path_open(AT_FDCWD, "/dev/mqueue", O_PATH | O_DIRECTORY, PATH_ANY);
	if (target == -ENOENT) /* then nobody sees the host's queues there either */
		return 0;
	if (target < 0)
		return fail_errno(f, target, "cannot open /dev/mqueue");
	mount = mnt_new_simple("mqueue", attrs, f);
	return mount < 0 ? mount : mnt_attach(mount, target, f);
}
