/* SPDX-License-Identifier: MIT */
/* Whole reads and writes on descriptors */
#ifndef NSI_FD_H
#define NSI_FD_H

#include <stddef.h>
#include <sys/types.h>

/* Writes all of @data, over EINTR and short writes.  Returns 0 or -errno. */
int fd_write_all(int fd, const void *data, size_t size);

/*
 * Reads until end of file or until @size bytes are there.
 * Returns the count, or -errno.
 */
ssize_t fd_read_all(int fd, void *data, size_t size);

/*
 * Reads a small file (a record, one of /proc) below @dirfd and terminates it.
 * Returns the length, -E2BIG if it does not fit, or -errno.
 */
ssize_t fd_read_file(int dirfd, const char *path, char *buf, size_t size);

/*
 * Duplicates @fd to a descriptor above 2 if it is below (a host may have closed its standard
 * streams), and closes the original.  Returns the descriptor to use, owned by the caller, or
 * -errno; a negative @fd is returned as it is.
 */
int fd_above_stdio(int fd);

#endif /* NSI_FD_H */
