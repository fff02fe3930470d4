/* SPDX-License-Identifier: MIT */
/* The /sys that shows the network namespace of the set */
#ifndef NSI_SETUP_SYSFS_H
#define NSI_SETUP_SYSFS_H

struct nsi_fail;

/*
 * Covers /sys by a fresh sysfs, which belongs to the network namespace of the caller,
 * so that /sys/class/net lists its interfaces, and mounts in it what was mounted in
 * the old one.  @pid is the caller's as /proc has it.  Returns 0 or -errno.
 */
int setup_sysfs(int pid, struct nsi_fail *f);

#endif /* NSI_SETUP_SYSFS_H */
