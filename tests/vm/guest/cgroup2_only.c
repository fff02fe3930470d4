/* SPDX-License-Identifier: MIT */
/*
 * A view of /proc/PID/cgroup without the hierarchies of version 1, for a program that refuses to run on
 * a machine that has both, such as Slurm's plugin cgroup/v2: load it by LD_PRELOAD.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef int (*open_fn)(const char *path, int flags, ...);
typedef FILE *(*fopen_fn)(const char *path, const char *mode);

static void *next_of(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* A copy of the lines of @from that are of version 2; closes it.  Without memory, it is returned. */
static int filter(int from)
{
	char text[16384];
	ssize_t n = read(from, text, sizeof(text) - 1);
	int to = memfd_create("cgroup", MFD_CLOEXEC);

	if (n < 0 || to < 0)
		return from;
	text[n] = '\0';
	for (char *line = text, *end; *line; line = end) {
		end = strchrnul(line, '\n');
		end += *end == '\n';
		if (strncmp(line, "0::", 3) == 0 && write(to, line, (size_t)(end - line)) < 0)
			return from;
	}
	close(from);
	lseek(to, 0, SEEK_SET);
	return to;
}

static int is_meant(const char *path)
{
	return fnmatch("/proc/*/cgroup", path, FNM_PATHNAME) == 0;
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	int mode, fd;

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, int) : 0;
	va_end(ap);
	fd = ((open_fn)next_of("open"))(path, flags, mode);
	return fd >= 0 && is_meant(path) ? filter(fd) : fd;
}

int open64(const char *path, int flags, ...)
{
	va_list ap;
	int mode, fd;

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, int) : 0;
	va_end(ap);
	fd = ((open_fn)next_of("open64"))(path, flags, mode);
	return fd >= 0 && is_meant(path) ? filter(fd) : fd;
}

FILE *fopen(const char *path, const char *mode)
{
	return is_meant(path) ? fdopen(open(path, O_RDONLY | O_CLOEXEC), mode)
			      : ((fopen_fn)next_of("fopen"))(path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
	return is_meant(path) ? fdopen(open(path, O_RDONLY | O_CLOEXEC), mode)
			      : ((fopen_fn)next_of("fopen64"))(path, mode);
}
