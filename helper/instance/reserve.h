/* SPDX-License-Identifier: MIT */
/* Space that is reserved for logins on a file system that users have filled. */
#ifndef NSI_INSTANCE_RESERVE_H
#define NSI_INSTANCE_RESERVE_H

#include <stddef.h>
#include <sys/types.h>

struct nsi_fail;

/*
 * DOC: the reserve
 *
 *	<statedir>/reserve/dir-0 ... dir-63	empty directories
 *	<statedir>/reserve/file-0 ... file-63	files of 4 KiB
 *
 * The file systems of private directories are filled by their users, and not all of them keep
 * blocks for root.  A login makes a few directories and small files there.  Those are made in
 * advance, inodes and blocks: where the file system has none left, one is renamed out of the
 * reserve and written in place.  The sweeper fills the reserve up when there is room again.
 */
enum {
	RESERVE_COUNT = 64, /* of each: that is some twenty users with two directories each */
	RESERVE_FILE_SIZE = 4096
};

/* As path_make_dir() below @dir_fd, on the file system of @state_fd. */
int reserve_make_dir(int state_fd, int dir_fd, const char *name, mode_t mode, struct nsi_fail *f);

/* As path_write_file(), for at most RESERVE_FILE_SIZE bytes, with mode 0600. */
int reserve_write_file(int state_fd, int dir_fd, const char *name, const char *text, size_t size);

/*
 * Makes what the reserve lacks.  Returns 0, -ENOSPC or -EDQUOT if the file system is too full
 * for that, or another -errno.
 */
int reserve_fill(int state_fd);

#endif /* NSI_INSTANCE_RESERVE_H */
