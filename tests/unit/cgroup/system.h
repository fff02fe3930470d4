/* SPDX-License-Identifier: MIT */
/*
 * A system with systemd that a test makes in a directory: a tree of control groups, /proc files of one process, and
 * a program nsisolate-limits beside the test's own, which writes down what it is asked and does what the test says.
 */
#ifndef NSI_TEST_SYSTEM_H
#define NSI_TEST_SYSTEM_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "cgroup/cgroup_limit.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

enum {
	SYSTEM_PID = 4711,
	SYSTEM_UID = 1000
};

#define SYSTEM_SLICE "fs/user.slice/user-1000.slice"

static struct scratch system_s;
static bool system_is_here;           /* /run/systemd/system is there */
static const char *system_unreadable; /* a path for openat(2) whose disk has an error; NULL: none */

/* Where a path of the system lies in the directory, or the path itself. */
static const char *system_path(const char *path)
{
	if (strcmp(path, "/proc/self/mountinfo") == 0)
		return scratch_path(&system_s, 6, "mountinfo");
	if (strcmp(path, "/proc/4711/cgroup") == 0)
		return scratch_path(&system_s, 6, "cgroup");
	if (strncmp(path, "/run/systemd", 12) == 0)
		return scratch_path(&system_s, 6, path + 1);
	return path;
}

/* These are libc's: the program's own come first. */
FILE *fopen(const char *path, const char *mode)
{
	int flags = mode[0] == 'w' ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY;
	int fd = open(system_path(path), flags | O_CLOEXEC, 0666);

	return fd < 0 ? NULL : fdopen(fd, mode[0] == 'w' ? "w" : "r");
}

/* By the names of the symbols: with clang, libc's headers fortify openat(2) by an overload, or call the other one. */
int system_openat(int dir, const char *path, int flags, ...) __asm__("openat");
int system_openat_2(int dir, const char *path, int flags) __asm__("__openat_2");

int system_openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & O_CREAT)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	if (system_unreadable && strcmp(path, system_unreadable) == 0) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_openat, dir, system_path(path), flags, mode);
}

int system_openat_2(int dir, const char *path, int flags)
{
	return system_openat(dir, path, flags);
}

int access(const char *path, int mode)
{
	if (strcmp(path, "/run/systemd/system") == 0 && !system_is_here)
		return -1;
	return (int)syscall(SYS_faccessat, AT_FDCWD, system_path(path), mode);
}

int unlink(const char *path)
{
	return (int)syscall(SYS_unlinkat, AT_FDCWD, system_path(path), 0);
}

int rmdir(const char *path)
{
	return (int)syscall(SYS_unlinkat, AT_FDCWD, system_path(path), AT_REMOVEDIR);
}

/* Nobody waits here: what is awaited is there at once, or never. */
int nanosleep(const struct timespec *time, struct timespec *left)
{
	(void)time, (void)left;
	return 0;
}

static const char system_program[] = "#!/bin/sh\n"
				     "d=${0%/*} verb=$1\n"
				     "echo \"$*\" >>$d/calls\n"
				     "shift\n"
				     "[ ! -e $d/on-$verb ] || . $d/on-$verb\n";

/* Moves the process, by its file, into a group of the slice. */
#define SYSTEM_MOVE \
	"mkdir -p $d/" SYSTEM_SLICE "/$1; echo 0::/user.slice/user-1000.slice/$1 >$d/cgroup\n"

/* Puts the values of properties into the files of the group $g, as systemd has the kernel do. */
#define SYSTEM_APPLY                                                     \
	"for p; do v=${p#*=}; case $p in\n"                              \
	"*=18446744073709551615) ;;\n"                                   \
	"TasksMax=*) echo $v >$g/pids.max ;;\n"                          \
	"MemoryMax=*) echo $v >$g/memory.max ;;\n"                       \
	"CPUQuotaPerSecUSec=*) echo $((v / 10)) 100000 >$g/cpu.max ;;\n" \
	"esac; done\n"

static void system_write(const char *name, const char *text)
{
	assert_int_equal(scratch_write(&system_s, name, text), 0);
}

static const char *system_read(const char *name)
{
	static char text[4096];
	ssize_t n = fd_read_file(AT_FDCWD, scratch_path(&system_s, 5, name), text, sizeof(text));

	return n < 0 ? "" : text;
}

/* The process of the login is in the group @group below the root. */
static inline void system_put_login(const char *group)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "0::%s\n", group);
	system_write("cgroup", line);
}

static int system_begin(void **state)
{
	char line[400];

	(void)state;
	system_is_here = true;
	system_unreadable = NULL;
	(void)snprintf(line, sizeof(line), "30 20 0:26 / %s/fs rw - cgroup2 cgroup2 rw\n",
		       system_s.top);
	system_write("mountinfo", line);
	system_write("calls", "");
	system_write("limits/.keep", "");
	system_write("run/systemd/system/.keep", "");
	system_write("run/systemd/system.control/.keep", "");
	system_write(SYSTEM_SLICE "/.keep", "");
	system_write("nsisolate-limits", system_program);
	return chmod(scratch_path(&system_s, 0, "nsisolate-limits"), 0755);
}

/* The directory is the program's own: its content goes, and it stays. */
static int system_end(void **state)
{
	static const char *const names[] = {
		"mountinfo",        "cgroup", "calls",  "limits",   "run",     "fs",
		"nsisolate-limits", "on-get", "on-set", "on-scope", "on-keep", "on-leader"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)nftw(scratch_path(&system_s, 0, names[i]), scratch_remove, 16,
			   FTW_DEPTH | FTW_PHYS);
	return 0;
}

static inline struct limit_ask system_ask(struct limit limit)
{
	const struct limit_ask ask = {
		.limit = limit,
		.uid = SYSTEM_UID,
		.pid = SYSTEM_PID,
		.dir_fd = open(scratch_path(&system_s, 0, "limits"),
			       O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	};

	assert_true(ask.dir_fd >= 0);
	return ask;
}

/* Copies the running program into the directory, and goes on there: nsisolate-limits is looked for beside it. */
static int system_main(char **argv, int (*run)(void))
{
	const char *top = getenv("NSI_TEST_TOP"), *slash = strrchr(argv[0], '/');
	char buf[65536], path[300];
	ssize_t n;
	int from, to, r;

	if (top) {
		(void)snprintf(system_s.top, sizeof(system_s.top), "%s", top);
		r = run();
		scratch_done(&system_s);
		return r;
	}
	if (scratch_make(&system_s) < 0)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/%s", system_s.top, slash ? slash + 1 : argv[0]);
	from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	to = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	while ((n = read(from, buf, sizeof(buf))) > 0)
		if (write(to, buf, (size_t)n) != n)
			return 1;
	(void)close(from);
	(void)close(to);
	(void)setenv("NSI_TEST_TOP", system_s.top, 1);
	(void)execv(path, argv);
	return 1;
}

#endif /* NSI_TEST_SYSTEM_H */
