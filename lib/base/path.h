/* SPDX-License-Identifier: MIT */
/* The opening of paths that only root can influence */
#ifndef NSI_PATH_H
#define NSI_PATH_H

#include <dirent.h>
#include <limits.h>
#include <sys/types.h>

struct nsi_fail;

/* How much of the way to a path must belong to root alone. */
enum path_trust {
	PATH_ANY = 0,
	PATH_ROOT_OWNED = 1u << 0, /* every component root's, and not writable by others ... */
	PATH_STICKY_OK = 1u << 1,  /* ... but the last may be a sticky directory, such as /tmp */
	PATH_XDEV_NO = 1u << 2,    /* do not cross a mount on the way (RESOLVE_NO_XDEV) */
	PATH_IN_ROOT = 1u << 3, /* "/" and ".." lead no further up than @dirfd (RESOLVE_IN_ROOT) */
	PATH_MOUNT_POINT =
		1u << 4, /* ... but sticky ones may be on the way, and all may write to the last */
};

/*
 * openat2(2) with RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS: a path that has
 * a symbolic link in it, at whichever component, is refused (ELOOP).
 * @flags are those of open(2); O_CLOEXEC is added.  Returns a descriptor or -errno.
 */
int path_open(int dirfd, const char *path, int flags, unsigned trust);

/*
 * Opens the directory @name ("." for the same) below @dirfd for readdir(3), without
 * crossing a mount.  Returns a stream for closedir(3), or NULL with errno set.
 */
DIR *path_list(int dirfd, const char *name);

/*
 * Walks the absolute @path one component at a time and checks each against
 * @trust, so that the checked file is the opened one.  Opens O_PATH, or with
 * @flags at the last component.  Returns a descriptor, or -errno with the
 * component at fault named in @f: -EPERM for one that is not root's alone.
 */
int path_open_trusted(const char *path, int flags, unsigned trust, struct nsi_fail *f);

/*
 * Opens the directory that the absolute @path lies in, which must be root's alone or sticky, with its
 * path in @above and the last component of @path in *ret_name, which points into @above: "" for "/" itself.
 * Returns an O_PATH descriptor, or -errno with the component at fault named in @f.
 */
int path_open_parent(const char *path, char above[PATH_MAX], const char **ret_name,
		     struct nsi_fail *f);

/*
 * Opens, O_PATH, a file or directory to mount on or from.  Refuses symbolic links, and a directory above it
 * that is not root's, as others could move it.  Its own owner does not matter.
 */
int path_open_place(const char *path, struct nsi_fail *f);

/*
 * Makes directory @name below @dirfd with exactly @mode, or accepts one that is
 * there if it is a real directory of root with exactly that mode; anything else
 * of that name is refused (-EPERM), never changed (CVE-2022-3328).
 * The caller's umask must be 0 and its group 0.
 * Returns an O_RDONLY|O_DIRECTORY descriptor, or -errno.
 */
int path_make_dir(int dirfd, const char *name, mode_t mode, struct nsi_fail *f);

/*
 * As path_make_dir(), for the last component of an absolute path; the components above must
 * exist.  It may be a mount point: rundir and statedir often have a volume of their own.
 */
int path_make_trusted_dir(const char *path, mode_t mode, struct nsi_fail *f);

/*
 * Writes @size bytes to a new file @name below @dirfd and replaces one of that name, not
 * atomically: for a directory that is not in use yet.  Returns 0 or -errno.
 */
int path_create_file(int dirfd, const char *name, mode_t mode, const void *data, size_t size);

/*
 * Writes @size bytes to a new file @name below @dirfd and puts it in place in one
 * step (O_TMPFILE is not used: not all file systems have it).  Returns 0 or -errno.
 */
int path_write_file(int dirfd, const char *name, mode_t mode, const void *data, size_t size);

/*
 * Removes the temporary files of a path_write_file() that was killed.  Does nothing while
 * another process has the directory locked by flock(2): a later call removes them.
 */
void path_tidy(int dir_fd);

/*
 * Opens the working directory with O_PATH, whatever its mode and its server allow: open(2) of "."
 * wants the right to search it, open_tree(2) (Linux 5.2) does not.  Returns a descriptor or -errno.
 */
int cwd_open(void);

/*
 * Makes an empty directory that nobody can write to, root neither: the root of a read-only
 * tmpfs that is mounted nowhere.  It lasts as long as a process stands in it or has it open.
 * Needs CAP_SYS_ADMIN over the mount namespace (fsopen(2), Linux 5.2).
 * Returns an O_PATH descriptor or -errno.
 */
int cwd_make_empty(void);

#endif /* NSI_PATH_H */
