/* SPDX-License-Identifier: MIT */
/* The check that the helper runs in the host's namespaces */
#ifndef NSI_SYSTEM_H
#define NSI_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

struct nsi_fail;

/* Outcomes of system_look(). */
enum {
	SYSTEM_IS_HOST,      /* the mount namespace of PID 1, and its root directory */
	SYSTEM_IS_ELSEWHERE, /* another mount namespace */
	SYSTEM_IS_CHROOT,    /* another root directory in the mount namespace of PID 1 */
};

/*
 * Compares mount namespace and root directory of this process with those of PID 1.
 * @own_mnt: the inode of this process's mount namespace.
 * Returns an outcome, or -errno where PID 1 cannot be looked at (no /proc, no CAP_SYS_PTRACE).
 */
int system_look(uint64_t own_mnt);

/*
 * Whether a helper may take what @look, the answer of system_look(), has found for the host.
 * @is_recorded: an earlier helper of this boot stood in the same mount namespace.
 * Every set is a copy of where the helper stands, so a login's private view must not
 * become everybody's.  Returns 0 or -EXDEV or another -errno.
 */
int system_check(int look, bool is_recorded, struct nsi_fail *f);

#endif /* NSI_SYSTEM_H */
