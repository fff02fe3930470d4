/* SPDX-License-Identifier: MIT */
/* Mounts, from descriptor to descriptor */
#ifndef NSI_MNT_H
#define NSI_MNT_H

#include <stdbool.h>
#include <stdint.h>

struct nsi_fail;

/*
 * DOC: descriptor to descriptor
 *
 * Every mount is made detached (fsopen, open_tree), given its flags, and then
 * attached to a target that is open already (move_mount), so that there is no
 * moment at which it can be seen without them, and no path that somebody could
 * change in between (CVE-2025-6020).  mount(2) with MS_BIND ignores its other
 * flags, which is why it is not used.  Linux 5.12 is the oldest that will do.
 *
 * All functions act on the calling process's mount namespace and need CAP_SYS_ADMIN.
 * Functions that open or make something return a close-on-exec descriptor, owned by the
 * caller, or -errno; the others return 0 or -errno.  The sentence is in @f.
 */

/*
 * Makes the whole tree a slave of the host's: mounts of the host still propagate
 * here, mounts made here do not propagate to the host.  Done first, whatever the
 * propagation of "/" is, because a separately shared /tmp would otherwise propagate
 * a session's mounts to the host.
 */
int mnt_make_slave(struct nsi_fail *f);

/*
 * Opens a directory to mount on.  Refuses symbolic links, components that are not root's, and those on the
 * way in which others could rename the next one; who may write to the directory itself does not matter.
 */
int mnt_open_target(const char *path, struct nsi_fail *f);

/*
 * As path_open_place(), but a symbolic link as the last component is opened itself, so that the
 * link is covered and not its target.
 */
int mnt_open_entry(const char *path, struct nsi_fail *f);

/* MOUNT_ATTR_* of file systems of the kernel and of files of root; and of those that may not be written, too. */
#define MNT_PLAIN    (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define MNT_READONLY (MNT_PLAIN | MOUNT_ATTR_RDONLY)

struct mnt_tmpfs {
	uint64_t size;         /* bytes; 0: the kernel's default */
	uint32_t size_percent; /* of the memory, instead of size */
	uint64_t inodes;       /* 0: the kernel's default */
	uint16_t mode;
	uint32_t attrs; /* MOUNT_ATTR_* */
};

/* Makes a detached tmpfs. */
int mnt_new_tmpfs(const struct mnt_tmpfs *options, struct nsi_fail *f);

/* One parameter of a file system; without a value it is a flag. */
struct mnt_option {
	const char *key;
	const char *value;
};

/* Makes a detached file system of another type ("mqueue", "proc", "cgroup2") with @count options. */
int mnt_new_fs(const char *type, uint32_t attrs, const struct mnt_option *options, unsigned count,
	       struct nsi_fail *f);

/*
 * Makes a detached copy of the mount at @fd, an O_PATH descriptor of a file or directory of
 * this namespace, with @attrs added to its flags.
 */
int mnt_clone(int fd, uint32_t attrs, struct nsi_fail *f);

/* As mnt_clone(), with the mounts below it, whose flags are changed as well. */
int mnt_clone_tree(int fd, uint32_t attrs, struct nsi_fail *f);

/*
 * Mounts an overlay over the directory @target, whose changes go to a new tmpfs as @upper says.
 * The overlay works with the effective capabilities of this call for as long as it is mounted.
 * Returns the attached mount, a descriptor, or -errno.
 */
int mnt_attach_overlay(int target, const struct mnt_tmpfs *upper, struct nsi_fail *f);

/*
 * Returns what the mount at @fd forbids: MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NOSUID and
 * MOUNT_ATTR_NODEV, by fstatfs(2); all of them if that fails.  A mount that covers it should forbid the same.
 */
uint32_t mnt_restrictions(int fd);

/* Adds @attrs to the flags of a mount.  Returns 0 or -errno. */
int mnt_add_attrs(int mount, uint32_t attrs, struct nsi_fail *f);

/*
 * Gives the directory @to the SELinux label (security.selinux, xattr(7)) of @from, the host's file or directory
 * that it or what is in it covers, so that the rules for that one apply in a set.  Both are open for reading.
 * Nothing changes where @from has no label, or the file system of @to keeps none.  By SELinux's rules the
 * helper needs relabelfrom and relabelto.
 */
int mnt_copy_label(int from, int to, struct nsi_fail *f);

/* As mnt_copy_label(), for two descriptors of directories that may be O_PATH. */
int mnt_copy_label_of_dir(int from, int to, struct nsi_fail *f);

/* Attaches a detached mount on @target. */
int mnt_attach(int mount, int target, struct nsi_fail *f);

/* Checks that @path now leads to the root of @mount. */
int mnt_verify(const char *path, int mount, struct nsi_fail *f);

/*
 * Attaches @mount as @path below @root, a directory of an image.  Missing directories on
 * the way are made, in a tmpfs if the image cannot be written.
 */
int mnt_attach_below(int root, const char *path, int mount, struct nsi_fail *f);

/* Makes the mount @root, which is attached, the root of this mount namespace; the old one is gone. */
int mnt_pivot(int root, struct nsi_fail *f);

/* Changes to mounts that exist already; @place comes from path_open_place().  Return 0 or -errno. */

/* Whether @place is the root of a mount: 1, 0, or -errno. */
int mnt_is_root(int place);

/* Makes @path read-only, with the mounts below; for "/" only the root file system. */
int mnt_make_readonly(const char *path, struct nsi_fail *f);

/* Sets MS_SLAVE, MS_PRIVATE, MS_SHARED or MS_UNBINDABLE for @path and the mounts below. */
int mnt_set_propagation(const char *path, uint64_t propagation, struct nsi_fail *f);

/* Unmounts every mount at @path, if any, with the mounts below.  Leaves the process in "/". */
int mnt_remove(const char *path, struct nsi_fail *f);

/* Unmounts only the uppermost mount at @path, which must be the root of a mount. */
int mnt_remove_top(const char *path, struct nsi_fail *f);

/*
 * A spare anchor makes detached mounts of the types that its set is likely to need while it waits.
 * They belong to the namespaces of the process (mqueue shows the IPC namespace in which it was
 * made), so unused ones must be closed before these change, and before the set is finished.
 */

/* Add a mount to the stock if it can be made and there is room; @type is a constant. */
void stock_tmpfs(const struct mnt_tmpfs *options);
void stock_fs(const char *type, uint32_t attrs);

/* As mnt_new_tmpfs() and mnt_new_fs() without options: from the stock, or made now. */
int stock_new_tmpfs(const struct mnt_tmpfs *options, struct nsi_fail *f);
int stock_new_fs(const char *type, uint32_t attrs, struct nsi_fail *f);

/* Closes the unused mounts. */
void stock_clear(void);

#endif /* NSI_MNT_H */
