/* SPDX-License-Identifier: MIT */
/*
 * Counters of coverage in files that processes share.
 *
 * DOC: why not as gcov(1) does it
 *
 * libgcov writes the counters when a process ends by exit(3).  The processes of a login end by _exit(2)
 * and by SIGKILL, in namespaces of their own, as other users, and where no file can be opened.  So with
 * COVERAGE=1 the linker puts all counters of a program or of the module on pages of their own
 * (counters.ld), and when it is loaded, those pages are replaced by a shared mapping of the file
 * COUNTERS_DIR/NAME.SIZE.  From then on each increment is in the file at once, whatever becomes of
 * the process; it takes no system call, so filters and Landlock stay as they are.
 *
 * With COVERAGE_WRITE in its environment a program writes its counters as .gcda files, and ends.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct gcov_info;

/* Of libgcov: the second writes what was given to the first. */
void __gcov_init(struct gcov_info *info);
void __gcov_dump(void);

#define HIDDEN __attribute__((visibility("hidden")))

/* Of the linker: the counters, and a pointer for each source (-fprofile-info-section). */
extern char counters_start[] HIDDEN;
extern char counters_end[] HIDDEN;
extern struct gcov_info *const __start_gcov_info[] HIDDEN;
extern struct gcov_info *const __stop_gcov_info[] HIDDEN;

static void counters_write(void)
{
	for (struct gcov_info *const *i = __start_gcov_info; i < __stop_gcov_info; i++)
		__gcov_init(*i);
	__gcov_dump();
	_exit(0);
}

/* The file can be written by every user: the module is loaded into programs of theirs. */
static int counters_open(size_t size)
{
	char path[512];
	Dl_info info;
	const char *name;
	int fd;

	if (!dladdr(counters_start, &info) || !info.dli_fname)
		return -1;
	name = strrchr(info.dli_fname, '/');
	name = name ? name + 1 : info.dli_fname;
	if (snprintf(path, sizeof(path), "%s/%s.%zu", COUNTERS_DIR, name, size) >=
	    (int)sizeof(path))
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd >= 0 && ftruncate(fd, (off_t)size) == 0)
		(void)fchmod(fd, 0666); /* fails where another user made it so */
	return fd;
}

/* Before the other constructors.  A process that cannot open the file is not counted. */
__attribute__((constructor(101))) static void counters_share(void)
{
	const size_t size = (size_t)(counters_end - counters_start);
	int fd = counters_open(size);

	if (fd < 0)
		return;
	(void)mmap(counters_start, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	close(fd);
	if (getenv("COVERAGE_WRITE"))
		counters_write();
}
