/* SPDX-License-Identifier: MIT */
#include "instance/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "base/text.h"

enum {
	RESERVE_NAME = 16
};

static void reserve_name(char buf[RESERVE_NAME], const char *kind, unsigned i)
{
	text_fmt(buf, RESERVE_NAME, "%s-%u", kind, i);
}

static bool reserve_is_full(int r)
{
	return r == -ENOSPC || r == -EDQUOT;
}

static int reserve_open(int state_fd)
{
	return path_open(state_fd, "reserve", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
}

/* The mode is set before the directory has its name: path_make_dir() accepts no other. */
static int reserve_take_dir(int reserve, int dir_fd, const char *name, mode_t mode)
{
	for (unsigned i = 0; i < RESERVE_COUNT; i++) {
		NSI_AUTO_FD int fd = -EBADF;
		char from[RESERVE_NAME];

		reserve_name(from, "dir", i);
		fd = path_open(reserve, from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
		if (fd < 0 || fchmod(fd, mode) < 0)
			continue;
		if (renameat2(reserve, from, dir_fd, name, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno == EEXIST) /* another login has been faster */
			return fchmod(fd, 0700) < 0 ? -errno : 0;
		if (errno != ENOENT)
			return -errno;
	}
	return -ENOSPC;
}

int reserve_make_dir(int state_fd, int dir_fd, const char *name, mode_t mode, struct nsi_fail *f)
{
	struct nsi_fail first = {""};
	int fd = path_make_dir(dir_fd, name, mode, &first);
	NSI_AUTO_FD int reserve = reserve_is_full(fd) ? reserve_open(state_fd) : -EBADF;

	if (reserve >= 0 && reserve_take_dir(reserve, dir_fd, name, mode) == 0)
		return path_make_dir(dir_fd, name, mode, f);
	if (fd < 0)
		*f = first;
	return fd;
}

/* Overwrites a file of the reserve, all of whose blocks are there, and cuts it. */
static int reserve_put(int reserve, const char *name, const char *text, size_t size)
{
	NSI_AUTO_FD int fd = openat(reserve, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (pwrite(fd, text, size, 0) != (ssize_t)size || ftruncate(fd, (off_t)size) < 0)
		return errno ? -errno : -EIO;
	return 0;
}

static int reserve_take_file(int reserve, int dir_fd, const char *name, const char *text,
			     size_t size)
{
	for (unsigned i = 0; i < RESERVE_COUNT; i++) {
		char from[RESERVE_NAME], own[RESERVE_NAME * 2];

		/* Under a name of this process, so that no other writes to it. */
		reserve_name(from, "file", i);
		text_fmt(own, sizeof(own), "taken-%d", (int)getpid());
		if (renameat(reserve, from, reserve, own) < 0)
			continue;
		if (reserve_put(reserve, own, text, size) == 0 &&
		    renameat(reserve, own, dir_fd, name) == 0)
			return 0;
		(void)unlinkat(reserve, own, 0); /* the next one may do */
	}
	return -ENOSPC;
}

int reserve_write_file(int state_fd, int dir_fd, const char *name, const char *text, size_t size)
{
	int r = path_write_file(dir_fd, name, 0600, text, size);
	NSI_AUTO_FD int reserve = reserve_is_full(r) ? reserve_open(state_fd) : -EBADF;

	if (size <= RESERVE_FILE_SIZE && reserve >= 0 &&
	    reserve_take_file(reserve, dir_fd, name, text, size) == 0)
		return 0;
	return r;
}

static int reserve_fill_one(int reserve, unsigned i)
{
	static const char empty[RESERVE_FILE_SIZE];
	char name[RESERVE_NAME];

	reserve_name(name, "dir", i);
	if (mkdirat(reserve, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	reserve_name(name, "file", i);
	if (faccessat(reserve, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return path_write_file(reserve, name, 0600, empty, sizeof(empty));
}

int reserve_fill(int state_fd)
{
	struct nsi_fail ignored = {""};
	NSI_AUTO_FD int reserve = path_make_dir(state_fd, "reserve", 0700, &ignored);
	NSI_AUTO_FD int trash = path_make_dir(state_fd, "trash", 0700, &ignored);
	int r = reserve < 0 ? reserve : trash < 0 ? trash : 0;

	for (unsigned i = 0; i < RESERVE_COUNT && r == 0; i++)
		r = reserve_fill_one(reserve, i);
	return r;
}
