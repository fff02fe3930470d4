/* SPDX-License-Identifier: MIT */
/* The SELinux label of what a file or directory of ours covers */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "mnt/mnt.h"

static const char label_name[] = "security.selinux";

enum {
	LABEL_SIZE = 4096 /* of a context, which the kernel gives in a page at most */
};

int mnt_copy_label(int from, int to, struct nsi_fail *f)
{
	char wanted[LABEL_SIZE], present[LABEL_SIZE];
	ssize_t size = fgetxattr(from, label_name, wanted, sizeof(wanted));

	if (size < 0 && (errno == ENODATA || errno == EOPNOTSUPP))
		return 0;
	if (size < 0)
		return fail_errno(f, errno, "cannot read an SELinux label");
	if (fgetxattr(to, label_name, present, sizeof(present)) == size &&
	    memcmp(wanted, present, (size_t)size) == 0)
		return 0;
	if (fsetxattr(to, label_name, wanted, (size_t)size, 0) < 0 && errno != EOPNOTSUPP)
		return fail_errno(f, errno, "cannot give a directory the SELinux label %.*s",
				  (int)size, wanted);
	return 0;
}

int mnt_copy_label_of_dir(int from, int to, struct nsi_fail *f)
{
	NSI_AUTO_FD int covered = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_FD int top = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (covered < 0 || top < 0)
		return fail_errno(f, errno, "cannot open a directory for its SELinux label");
	return mnt_copy_label(covered, top, f);
}
