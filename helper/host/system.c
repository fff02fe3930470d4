/* SPDX-License-Identifier: MIT */
#include "host/system.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fail.h"
#include "base/nstype.h"
#include "priv/priv.h"

/* Whether "/" of this process and that of PID 1 are one directory of one mount. */
static int system_compare_roots(void)
{
	struct statx own = {0}, init = {0};

	if (statx(AT_FDCWD, "/", 0, STATX_INO | STATX_MNT_ID, &own) < 0 ||
	    statx(AT_FDCWD, "/proc/1/root", 0, STATX_INO | STATX_MNT_ID, &init) < 0)
		return -errno;
	return own.stx_mnt_id == init.stx_mnt_id && own.stx_ino == init.stx_ino &&
			       own.stx_dev_major == init.stx_dev_major &&
			       own.stx_dev_minor == init.stx_dev_minor
		       ? SYSTEM_IS_HOST
		       : SYSTEM_IS_CHROOT;
}

int system_look(uint64_t own_mnt)
{
	uint64_t init;
	int r;

	priv_raise();
	r = ns_inode_read(AT_FDCWD, "/proc/1/ns/mnt", &init);
	if (r == 0)
		r = init == own_mnt ? system_compare_roots() : SYSTEM_IS_ELSEWHERE;
	priv_lower();
	return r;
}

int system_check(int look, bool is_recorded, struct nsi_fail *f)
{
	if (look == SYSTEM_IS_HOST)
		return 0;
	if (look == SYSTEM_IS_CHROOT)
		return fail_set(
			f, EXDEV,
			"this is a chroot, and a set is made of the host's directories: start "
			"nsisolate-helper outside of it (systemctl start nsisolate.socket, or "
			"any login from there)");
	if (is_recorded)
		return 0;
	if (look < 0)
		return fail_errno(
			f, look,
			"cannot tell whether this is the host's mount namespace, which is "
			"that of PID 1 (a container needs a PID namespace of its own): "
			"/proc/1/ns/mnt");
	return fail_set(
		f, EXDEV,
		"no helper is running, and this is not the host's mount namespace, which is "
		"PID 1's (it may be that of PrivateTmp=, pam_namespace or a sandbox): start "
		"nsisolate-helper on the host (systemctl start nsisolate.socket, or any login "
		"there)");
}
