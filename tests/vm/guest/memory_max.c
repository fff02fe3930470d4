/* SPDX-License-Identifier: MIT */
/*
 * For LD_PRELOAD of the helper: it stands in for a kernel whose version 2 of control groups has the controller of
 * memory. A read of the file memory.max of any group is one of /run/memory.max.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

static int open_redirected(const char *name, int dir, const char *path, int flags, mode_t mode)
{
	static const char file[] = "/memory.max";
	const size_t len = strlen(path);
	int (*next)(int, const char *, int, ...);

	*(void **)&next = dlsym(RTLD_NEXT, name);
	if (len > sizeof(file) && strcmp(path + len - (sizeof(file) - 1), file) == 0 &&
	    path[0] == '/' && strncmp(path, "/sys/fs/cgroup/", 15) == 0)
		path = "/run/memory.max";
	return next(dir, path, flags, mode);
}

#define OPENAT(name)                                                   \
	int name(int dir, const char *path, int flags, ...)            \
	{                                                              \
		mode_t mode;                                           \
		va_list ap;                                            \
                                                                       \
		va_start(ap, flags);                                   \
		mode = va_arg(ap, mode_t);                             \
		va_end(ap);                                            \
		return open_redirected(#name, dir, path, flags, mode); \
	}

OPENAT(openat)
OPENAT(openat64)
