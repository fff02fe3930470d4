/* SPDX-License-Identifier: MIT */
/* Mounts and a host name of a test's own: for functions that faults_apart() calls in a child. */
#ifndef NSI_TEST_OWN_SYSTEM_H
#define NSI_TEST_OWN_SYSTEM_H

#include <fcntl.h>
#include <sys/statvfs.h>

#include "base/fd.h"
#include "tests/unit/faults.h"

/* A tmpfs at @path with these options of mount(8). */
static inline void own_tmpfs(const char *path, unsigned long flags, const char *options)
{
	faults_check(mount("test", path, "tmpfs", flags, options) == 0, "no tmpfs at %s: %s", path,
		     strerror(errno));
}

/* Only root can have it, and a kernel or emulator that has the calls: without them the test is skipped. */
static inline void own_system(void)
{
	int fs;

	umask(0);
	if (geteuid() != 0 || unshare(CLONE_NEWNS | CLONE_NEWUTS) < 0)
		_exit(77);
	faults_check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "no mounts: %s",
		     strerror(errno));
	own_tmpfs("/run", 0, "mode=0755");
	fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	if (fs < 0)
		_exit(77);
	(void)close(fs);
}

static inline void own_dir(const char *path, mode_t mode)
{
	faults_check(mkdir(path, mode) == 0, "no %s: %s", path, strerror(errno));
}

static inline void own_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	faults_check(fd >= 0 && fd_write_all(fd, text, strlen(text)) == 0, "no %s: %s", path,
		     strerror(errno));
	(void)close(fd);
}

static inline void own_check_text(const char *path, const char *text)
{
	char is[1024] = "";
	const ssize_t n = fd_read_file(AT_FDCWD, path, is, sizeof(is));

	faults_check(n >= 0 && strcmp(is, text) == 0, "%s has \"%s\", not \"%s\" (%zd)", path, is,
		     text, n);
}

/* The mount at @path has these flags of statvfs(3), out of ro, nosuid, nodev and noexec, and no others. */
static inline void own_check_flags(const char *path, unsigned long flags)
{
	const unsigned long all = ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC;
	struct statvfs fs;

	faults_check(statvfs(path, &fs) == 0 && (fs.f_flag & all) == flags, "%s has flags %#lx",
		     path, fs.f_flag & all);
}

static inline void own_check_mode(const char *path, mode_t mode)
{
	struct stat st;

	faults_check(lstat(path, &st) == 0 && (st.st_mode & 07777) == mode, "%s has mode %o", path,
		     st.st_mode & 07777);
}

static inline bool own_has(const char *path)
{
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

#endif /* NSI_TEST_OWN_SYSTEM_H */
