/* SPDX-License-Identifier: MIT */
/* Which kinds of namespaces are there, and what are they called where? */
#ifndef NSI_NSKIND_H
#define NSI_NSKIND_H

#include <stdint.h>

/* The order is that of the wire, of the records and of every table shown. */
enum ns_kind {
	NS_MNT,
	NS_IPC,
	NS_UTS,
	NS_NET,
	NS_PID,
	NS_CGROUP,
	NS_TIME,
	NS_USER,
	NS_KIND_MAX,
};

struct ns_kind_info {
	const char *word;   /* in a policy: "mount" */
	const char *brief;  /* in logs and tables, as lsns(8) has it: "mnt" */
	const char *proc;   /* the file below /proc/PID/ns that a child of PID would get */
	const char *sysctl; /* the limit below /proc/sys/user that unshare(2) runs into */
	int flag;           /* CLONE_NEW*, for clone3(2), unshare(2) and setns(2) */
};

extern const struct ns_kind_info ns_kinds[NS_KIND_MAX];

/* Sets of kinds are masks of these bits, one for each kind. */
static inline uint32_t ns_bit(enum ns_kind kind)
{
	return UINT32_C(1) << kind;
}

/* The CLONE_NEW* flags of a set of kinds. */
int ns_clone_flags(uint32_t kinds);

/* Writes "mnt,ipc,uts" into @buf, cut short if it must be; returns @buf. */
const char *ns_kinds_format(uint32_t kinds, char *buf, unsigned long size);

/* One namespace inode for each kind; 0 where the kernel has no such kind. */
struct ns_inodes {
	uint64_t ino[NS_KIND_MAX];
};

/*
 * Reads the inodes of the namespaces below @dirfd, an O_PATH descriptor of a
 * /proc/PID/ns, which stays good after that procfs is no longer to be seen.
 * Returns 0, or -errno (-EACCES without CAP_SYS_PTRACE over the process).
 */
int ns_inodes_read(int dirfd, struct ns_inodes *ret);

/* The same for @kinds alone; the others are 0. */
int ns_inodes_read_some(int dirfd, uint32_t kinds, struct ns_inodes *ret);

/* The inode of one namespace, by its link below /proc/PID/ns.  Returns 0 or -errno. */
int ns_inode_read(int dirfd, const char *path, uint64_t *ret);

#endif /* NSI_NSKIND_H */
