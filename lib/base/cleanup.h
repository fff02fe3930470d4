/* SPDX-License-Identifier: MIT */
/* Cleanup attributes for descriptors, memory and streams */
#ifndef NSI_CLEANUP_H
#define NSI_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * Scope-bound ownership.  Every destructor accepts the null value of its type
 * and preserves errno, so an error path may simply return.
 */
#define NSI_CLEANUP(fn) __attribute__((__cleanup__(fn)))

/* close(2) may fail, but the descriptor is gone either way: never retry. */
static inline void nsi_closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -EBADF;
	errno = saved;
}

static inline void nsi_freep(void *p)
{
	free(*(void **)p);
}

static inline void nsi_fclosep(FILE **f)
{
	int saved = errno;

	if (*f)
		fclose(*f);
	*f = NULL;
	errno = saved;
}

/* closedir(3) of a stream that was read from has nothing to report. */
static inline void nsi_closedirp(DIR **d)
{
	int saved = errno;

	if (*d)
		(void)closedir(*d);
	*d = NULL;
	errno = saved;
}

#define NSI_AUTO_FD   NSI_CLEANUP(nsi_closep)
#define NSI_AUTO_FREE NSI_CLEANUP(nsi_freep)
#define NSI_AUTO_FILE NSI_CLEANUP(nsi_fclosep)
#define NSI_AUTO_DIR  NSI_CLEANUP(nsi_closedirp)

/* Hand ownership to the caller; the local variable becomes harmless. */
static inline int nsi_take_fd(int *fd)
{
	int ret = *fd;

	*fd = -EBADF;
	return ret;
}

#define nsi_take_ptr(p)                         \
	({                                      \
		__typeof__(*(p)) taken_ = *(p); \
		*(p) = NULL;                    \
		taken_;                         \
	})

#endif /* NSI_CLEANUP_H */
