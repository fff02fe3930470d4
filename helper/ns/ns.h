/* SPDX-License-Identifier: MIT */
/* Namespaces that clone3(2) cannot make as they must be */
#ifndef NSI_NS_H
#define NSI_NS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/nstype.h"

struct idmap;
struct nsi_fail;

/* A message for namespaces that the kernel or its administrator refuses. */
#define NS_MAKE_USER                                                                        \
	"make a user namespace (see /proc/sys/user/max_user_namespaces and what restricts " \
	"them)"

/* The offsets of clocks inside to those of the host, in seconds. */
struct ns_clocks {
	int64_t boottime;
	int64_t monotonic;
};

/*
 * Moves this process into a time namespace with these offsets.  They can be written
 * as long as nobody is in it, so clone3(2), which puts the child in at once, is too
 * late (time_namespaces(7)).  Needs CAP_SYS_TIME.  Returns 0 or -errno.
 */
int ns_enter_time(const struct ns_clocks *clocks, struct nsi_fail *f);

/*
 * Moves this process into new namespaces of @types that belong to a user namespace of
 * the user's: root in that one, which is the user, is root over them and over
 * nothing else.  This process stays in its own user namespace.
 */
int ns_enter_delegated(uint32_t types, uid_t uid, gid_t gid, struct nsi_fail *f);

/*
 * Makes a user namespace of root's with these maps and without a process: it lives as long as
 * the returned descriptor or a process that enters it.  Returns the descriptor or -errno.
 */
int ns_make_mapped(const struct idmap *uids, const struct idmap *gids, struct nsi_fail *f);

/*
 * Moves this process into the user namespace @ns.  It has all capabilities inside and none
 * outside, so this comes last: namespaces made before stay root's.  Returns 0 or -errno.
 */
int ns_enter_mapped(int ns, uint64_t *ret_inode, struct nsi_fail *f);

/* Adds the ranges of a user in a file as subuid(5).  Returns 0, or -errno also if it has none. */
int ns_add_subids(const char *path, const char *user, uid_t uid, struct idmap *map,
		  struct nsi_fail *f);

/* The process that opens a session, and the account of the session. */
struct ns_login {
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	uint32_t group_count;
	pid_t pid;
};

/*
 * Checks that the maps have every id, unchanged, that the login needs: root's, those of its
 * process, the user's and all groups.  A missing id would be "nobody" to the program, or
 * setuid(2) would fail.  Returns 0, -EPERM for a missing id, -ENOTSUP for threads, or -errno.
 */
int ns_fits(const struct idmap *uids, const struct idmap *gids, const struct ns_login *login,
	    struct nsi_fail *f);

/* Sets a sysctl of the IPC namespace, such as "kernel.shmmax=65536".  Returns 0 or -errno. */
int ns_set_sysctl(const char *text, struct nsi_fail *f);

/* Sets @f to the limit that a failure @err to make namespaces of @types has reached.  Returns -@err. */
int ns_explain(int err, uint32_t types, struct nsi_fail *f);

struct ns_ipc_count {
	unsigned queues;     /* System V message queues */
	unsigned semaphores; /* sets of them */
	unsigned segments;   /* of shared memory */
};

/* Counts what is in the IPC namespace of this process.  Returns 0 or -errno. */
int ns_count_ipc(struct ns_ipc_count *ret);

/*
 * The kernel's number of a namespace of process @pid, which is given once a boot, unlike its
 * inode (Linux 6.18: name_to_handle_at(2) on nsfs).  Needs CAP_SYS_PTRACE over the process.
 * Returns 0, -EOPNOTSUPP on an earlier kernel, or another -errno.
 */
int ns_handle_read(int pid, enum nstype type, uint64_t *ret_id);

/* The same of the namespace at @path below @dirfd, as openat(2) takes them. */
int ns_handle_read_at(int dirfd, const char *path, uint64_t *ret_id);

/*
 * The kernel's number of the mount namespace that @fd is open on, which is given once a boot, too, but
 * opens nothing (Linux 6.11: NS_GET_MNTNS_ID of ioctl_nsfs(2)).  Returns 0, -EOPNOTSUPP on an
 * earlier kernel, or another -errno.
 */
int ns_mnt_id_of(int fd, uint64_t *ret_id);

/* The same of the namespace at @path below @dirfd, and of that of process @pid (CAP_SYS_PTRACE). */
int ns_mnt_id_read_at(int dirfd, const char *path, uint64_t *ret_id);
int ns_mnt_id_read(int pid, uint64_t *ret_id);

/*
 * Opens the namespace with the number @id, whose inode was @ino, as setns(2) takes it; open, it
 * is in use.  Needs CAP_SYS_ADMIN over it.  Returns a descriptor, -ESTALE when neither process
 * nor descriptor nor mount uses it any more, or another -errno.
 */
int ns_handle_open(uint64_t id, enum nstype type, uint64_t ino);

/*
 * Tries each of @types, a mask of ns_bit(), in a child of its own: a clone of all of
 * them at once does not tell which one it failed for.  Returns the mask of those that
 * cannot be had now (a limit of theirs is reached, this kernel has none, or a security
 * module refuses them), and logs each with its reason.  A set that is built without them is still a set: what is
 * tried here and lost before the set is built fails the set as a whole.
 */
uint32_t ns_missing(uint32_t types, uint64_t set);

/* Returns the types of @types whose limit is reached now; all of them if that is unknown. */
uint32_t ns_full(uint32_t types);

#endif /* NSI_NS_H */
