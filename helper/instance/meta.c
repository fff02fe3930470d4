/* SPDX-License-Identifier: MIT */
/* The files beside instances: how long one is kept, whether it is in use, and whose it is */
#include "instance/meta.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "instance/instance.h"
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

enum {
	OWNER_SIZE = 2300, /* a name of NSI_NAME_SIZE with every byte escaped, and a job's */
	OWNER_JOB = 128
};

int owner_is_alias(const char *name, uid_t uid)
{
	char buf[16384];
	struct passwd pw, *found = NULL;
	int r = getpwnam_r(name, &pw, buf, sizeof(buf), &found);

	/* An error of a source, be it ENOENT, says nothing of the account (getpwnam(3)). */
	return r != 0 ? -r : found && found->pw_uid == uid;
}

static int meta_quarantine(int state_fd, const char *name, struct nsi_fail *f)
{
	NSI_AUTO_FD int to = reserve_make_dir(state_fd, state_fd, "quarantine", 0700, f);
	char aside[NAME_MAX + 1];
	uint32_t number;

	if (to < 0)
		return to;
	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return fail_errno(f, errno, "no random number");
	text_fmt(aside, sizeof(aside), "%s-%lld-%08" PRIx32, name, (long long)time(NULL), number);
	if (renameat(state_fd, name, to, aside) < 0)
		return fail_errno(f, errno,
				  "cannot put the instances of a former owner of this uid aside");
	return 0;
}

int owner_check(int state_fd, const char *name, uid_t uid, const char *user, struct nsi_fail *f)
{
	NSI_AUTO_FD int dir =
		path_open(state_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
	char was[OWNER_SIZE], is[OWNER_SIZE];
	ssize_t n;
	int r;

	(void)text_escape(is, sizeof(is), user);
	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return fail_errno(f, dir, "cannot open the instances of uid %u", uid);
	n = fd_read_file(dir, "owner", was, sizeof(was));
	if (n == -ENOENT) /* a crash came between directory and file */
		return 0;
	if (n < 0)
		return fail_errno(f, (int)n, "cannot read whose the instances of uid %u are", uid);
	was[strcspn(was, "\n")] = '\0';
	r = strcmp(was, is) == 0 ? 1 : owner_is_alias(was, uid);
	if (r < 0)
		return fail_errno(f, r,
				  "the directories of uid %u are those of %.200s, and it cannot be "
				  "found out whether that is still a name of this account",
				  uid, was);
	return r > 0 ? 0 : meta_quarantine(state_fd, name, f);
}

int owner_note(int state_fd, int dir_fd, const char *user, const char *job, struct nsi_fail *f)
{
	char name[OWNER_SIZE - OWNER_JOB], text[OWNER_SIZE];
	const char *file = job ? OWNER_JOB_FILE : "owner";
	int n, r;

	if (faccessat(dir_fd, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	n = snprintf(text, sizeof(text), job ? "%s\njob %.110s\n" : "%s\n",
		     text_escape(name, sizeof(name), user), job);
	r = reserve_write_file(state_fd, dir_fd, file, text, (size_t)n);
	return r < 0 ? fail_errno(f, r, "cannot note whose the instances are") : 0;
}
