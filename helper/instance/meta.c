/* SPDX-License-Identifier: MIT */
#include "instance/meta.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/text.h"
#include "instance/reserve.h"

enum {
	META_SIZE = 200,
	META_VALUES = 108, /* characters, at most */
	META_TRIES = 2000  /* of a millisecond: processes of root have it, for a rename */
};

static void meta_name(char buf[NAME_MAX + 1], const char *name)
{
	text_fmt(buf, NAME_MAX + 1, ".meta-%s", name); /* instance_open() saw to the room */
}

/* All texts have one length, by spaces before the values, so that the file is rewritten in place. */
static size_t meta_text(char buf[META_SIZE], const struct instance_meta *meta)
{
	char values[META_VALUES + 1];
	int n;

	text_fmt(values, sizeof(values), "boot-only=%u age=%" PRIu64 " used=%" PRIu64 " boot=%s",
		 meta->until_boot, meta->age, meta->used, meta->boot_id);
	n = snprintf(buf, META_SIZE, "nsisolate-instance 1 %*s\n", META_VALUES, values);
	return (size_t)n;
}

int instance_meta_read(int dir_fd, const char *name, struct instance_meta *ret)
{
	char file[NAME_MAX + 1], text[META_SIZE];
	struct instance_meta meta = {0};
	unsigned until_boot;
	ssize_t n;

	meta_name(file, name);
	n = fd_read_file(dir_fd, file, text, sizeof(text));
	if (n < 0)
		return n == -E2BIG ? -EBADMSG : (int)n;
	if (sscanf(text,
		   "nsisolate-instance 1 boot-only=%u age=%" SCNu64 " used=%" SCNu64 " boot=%39s",
		   &until_boot, &meta.age, &meta.used, meta.boot_id) != 4)
		return -EBADMSG;
	meta.until_boot = until_boot != 0;
	*ret = meta;
	return 0;
}

bool instance_is_over(const struct instance_meta *meta, const char *boot_id, uint64_t now)
{
	if (meta->until_boot && strcmp(meta->boot_id, boot_id) != 0)
		return true;
	return meta->age && now > meta->used && now - meta->used > meta->age;
}

static int meta_open(int dir_fd, const char *name, int access)
{
	char file[NAME_MAX + 1];
	int fd;

	meta_name(file, name);
	fd = openat(dir_fd, file, access | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int meta_open_or_make(int state_fd, int dir_fd, const char *name,
			     const struct instance_meta *initial)
{
	char file[NAME_MAX + 1], text[META_SIZE];
	int fd = meta_open(dir_fd, name, O_RDWR), r;

	if (fd != -ENOENT)
		return fd;
	meta_name(file, name);
	r = reserve_write_file(state_fd, dir_fd, file, text, meta_text(text, initial));
	return r < 0 ? r : meta_open(dir_fd, name, O_RDWR);
}

/* Two logins may have made the file at once: the one that has the name now counts. */
static bool meta_is_named(int fd, int dir_fd, const char *name)
{
	struct stat ours, there;
	char file[NAME_MAX + 1];

	meta_name(file, name);
	return fstat(fd, &ours) == 0 && fstatat(dir_fd, file, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/* Returns 1 for an exclusive lock, 0 for a shared one, or -errno: -EWOULDBLOCK for none. */
static int meta_try_lock(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 1;
	if (errno != EWOULDBLOCK)
		return -errno;
	return flock(fd, LOCK_SH | LOCK_NB) == 0 ? 0 : -errno;
}

int meta_lock(int state_fd, int dir_fd, const char *name, const struct instance_meta *initial,
	      bool *ret_alone, struct nsi_fail *f)
{
	for (int i = 0; i < META_TRIES; i++) {
		NSI_AUTO_FD int fd = meta_open_or_make(state_fd, dir_fd, name, initial);

		int r;

		if (fd < 0)
			return fail_errno(f, fd, "cannot note the use of the instance %s", name);
		r = meta_try_lock(fd);
		if (r < 0 && r != -EWOULDBLOCK)
			return fail_errno(f, r, "cannot lock the meta file of the instance %s",
					  name);
		*ret_alone = r == 1;
		if (r >= 0 && meta_is_named(fd, dir_fd, name))
			return nsi_take_fd(&fd);
		(void)usleep(1000);
	}
	return fail_set(f, EBUSY, "another process of root locks the meta file of the instance %s",
			name);
}

int meta_update(int fd, const struct instance_meta *meta)
{
	char text[META_SIZE];
	size_t size = meta_text(text, meta);

	if (pwrite(fd, text, size, 0) != (ssize_t)size || ftruncate(fd, (off_t)size) < 0)
		return errno ? -errno : -EIO;
	return 0;
}

static int meta_share_lock(int fd, struct nsi_fail *f)
{
	for (int i = 0; i < META_TRIES; i++) {
		if (flock(fd, LOCK_SH | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK)
			break;
		(void)usleep(1000);
	}
	return fail_errno(f, errno, "cannot share the lock of an instance");
}

/* Two descriptors, as NFS grants an exclusive lock to none that is open for reading alone (flock(2)). */
int meta_share(int *fd, int dir_fd, const char *name, struct nsi_fail *f)
{
	NSI_AUTO_FD int reader = -EBADF;
	int r = meta_share_lock(*fd, f);

	if (r < 0)
		return r;
	reader = meta_open(dir_fd, name, O_RDONLY);
	if (reader < 0)
		return fail_errno(f, reader, "cannot open the meta file of the instance %s", name);
	r = meta_share_lock(reader, f);
	if (r < 0)
		return r;
	nsi_closep(fd);
	*fd = nsi_take_fd(&reader);
	return 0;
}

int meta_lock_unused(int dir_fd, const char *name)
{
	NSI_AUTO_FD int fd = meta_open(dir_fd, name, O_RDWR);

	if (fd < 0)
		return fd;
	return flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : nsi_take_fd(&fd);
}
