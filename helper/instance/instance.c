/* SPDX-License-Identifier: MIT */
#include "instance/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
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
#include "instance/owner.h"

enum {
	RENAME_TRIES = 16,
	LOCK_TRIES = 200
};

static bool is_usual(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || (c == '.' && !first);
}

int instance_name(const char *path, char *buf, size_t size)
{
	size_t used = 0;

	if (path[0] != '/')
		return -EINVAL;
	for (const char *p = path + 1; *p; p++) {
		char piece[5];
		size_t n;

		if (*p == '/')
			(void)snprintf(piece, sizeof(piece), "-");
		else if (is_usual(*p, p == path + 1))
			(void)snprintf(piece, sizeof(piece), "%c", *p);
		else
			(void)snprintf(piece, sizeof(piece), "\\x%02x", (unsigned char)*p);
		n = strlen(piece);
		if (used + n >= size)
			return -ENAMETOOLONG;
		memcpy(buf + used, piece, n);
		used += n;
	}
	buf[used] = '\0';
	return used ? 0 : -EINVAL;
}

static void meta_name(char buf[NAME_MAX + 1], const char *name)
{
	(void)snprintf(buf, NAME_MAX + 1, ".meta-%s", name); /* instance_open() saw to the room */
}

int instance_meta_read(int dir_fd, const char *name, struct instance_meta *ret)
{
	char file[NAME_MAX + 1], text[200];
	struct instance_meta meta = {0};
	unsigned until_boot;
	ssize_t n;

	meta_name(file, name);
	n = fd_read_file(dir_fd, file, text, sizeof(text));
	if (n < 0)
		return (int)n;
	if (sscanf(text,
		   "nsisolate-instance 1 boot-only=%u age=%" SCNu64 " used=%" SCNu64 " boot=%39s",
		   &until_boot, &meta.age, &meta.used, meta.boot_id) != 4)
		return -EBADMSG;
	meta.until_boot = until_boot != 0;
	*ret = meta;
	return 0;
}

int instance_meta_write(int dir_fd, const char *name, const struct instance_meta *meta)
{
	char file[NAME_MAX + 1], text[200];
	int n = snprintf(text, sizeof(text),
			 "nsisolate-instance 1 boot-only=%u age=%" PRIu64 " used=%" PRIu64
			 " boot=%s\n",
			 meta->until_boot, meta->age, meta->used, meta->boot_id);

	meta_name(file, name);
	return path_write_file(dir_fd, file, 0600, text, (size_t)n);
}

bool instance_is_over(const struct instance_meta *meta, const char *boot_id, uint64_t now)
{
	if (meta->until_boot && strcmp(meta->boot_id, boot_id) != 0)
		return true;
	return meta->age && now > meta->used && now - meta->used > meta->age;
}

int instance_discard(int state_fd, int dir_fd, const char *name)
{
	NSI_AUTO_FD int trash = -EBADF;
	struct nsi_fail f = {""};
	char to[32];

	trash = path_make_dir(state_fd, "trash", 0700, &f);
	if (trash < 0)
		return trash;
	for (int i = 0; i < RENAME_TRIES; i++) {
		uint64_t number;

		if (getrandom(&number, sizeof(number), 0) != sizeof(number))
			return -errno;
		(void)snprintf(to, sizeof(to), "%016" PRIx64, number);
		if (renameat2(dir_fd, name, trash, to, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			return errno == ENOENT ? 0 : -errno;
	}
	return -EEXIST;
}

/*
 * Ends an instance that is due.  The lock comes before the look: whoever has it
 * open holds a shared one, and a set may outlive its policy's age.
 */
static int end_if_over(int state_fd, int dir_fd, const char *name, const char *boot_id,
		       uint64_t now)
{
	NSI_AUTO_FD int fd =
		path_open(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
	struct instance_meta meta;
	int r;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : -errno;
	r = instance_meta_read(dir_fd, name, &meta);
	if (r == -ENOENT || r == -EBADMSG) /* a crash came between: nothing says it is over */
		return 0;
	if (r == 0 && instance_is_over(&meta, boot_id, now)) {
		quota_release(fd);
		r = instance_discard(state_fd, dir_fd, name);
	}
	return r;
}

int instance_end_if_over(int state_fd, int dir_fd, const char *name, const char *boot_id)
{
	return end_if_over(state_fd, dir_fd, name, boot_id, (uint64_t)time(NULL));
}

/*
 * A policy's "mode" was edited since the instance was made.  Its parent is root's with mode
 * 0700 and it is root's itself, so no user has changed it; whatever else is in the way of
 * path_make_dir() stays as it is and is refused there.
 */
static void follow_mode(int parent, const char *name, mode_t mode)
{
	NSI_AUTO_FD int fd =
		path_open(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == 0 && st.st_gid == 0 &&
	    (st.st_mode & 07777) != mode)
		(void)fchmod(fd, mode); /* path_make_dir() finds what is wrong */
}

/*
 * Opens and locks; the sweeper may have taken the directory away between the two,
 * so it must still be the one of that name once the lock is ours.
 */
static int open_locked(int parent, const char *name, mode_t mode, struct nsi_fail *f)
{
	follow_mode(parent, name, mode);
	for (int i = 0; i < LOCK_TRIES; i++) {
		NSI_AUTO_FD int fd = path_make_dir(parent, name, mode, f);
		struct stat ours, there;

		if (fd < 0)
			return fd;
		if (flock(fd, LOCK_SH | LOCK_NB) == 0) {
			if (fstat(fd, &ours) == 0 &&
			    fstatat(parent, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
			    ours.st_dev == there.st_dev && ours.st_ino == there.st_ino)
				return nsi_take_fd(&fd);
		} else if (errno != EWOULDBLOCK) {
			return fail_errno(f, errno, "cannot lock the instance %s", name);
		}
		(void)usleep(1000); /* the other side holds it for a rename alone */
	}
	return fail_set(f, EBUSY, "the instance %s is being removed again and again", name);
}

void instance_parent_name(const struct instance_key *key, char buf[64])
{
	if (key->kind == 's') /* ids start anew at each boot */
		(void)snprintf(buf, 64, "s%.8s-%" PRIu64, key->boot_id, key->number);
	else
		(void)snprintf(buf, 64, "%c%" PRIu64, key->kind, key->number);
}

static int open_parent(int state_fd, const struct instance_key *key, struct nsi_fail *f)
{
	NSI_AUTO_FD int dir = -EBADF;
	char name[64];
	int r;

	instance_parent_name(key, name);
	if (key->kind == 'u') {
		r = owner_check(state_fd, name, key->uid, key->user, f);
		if (r < 0)
			return r;
	}
	dir = path_make_dir(state_fd, name, 0700, f);
	if (dir < 0)
		return dir;
	if (key->kind == 'u') {
		r = owner_note(dir, key->user, f);
		if (r < 0)
			return r;
	}
	return nsi_take_fd(&dir);
}

int instance_open(int state_fd, const struct instance_key *key, const char *path, mode_t mode,
		  const struct instance_retention *retention, struct nsi_fail *f)
{
	struct instance_meta meta = {
		.until_boot = retention->until_boot,
		.age = retention->age,
		.used = (uint64_t)time(NULL),
	};
	NSI_AUTO_FD int parent = -EBADF;
	NSI_AUTO_FD int fd = -EBADF;
	char name[NAME_MAX - 16];
	int r;

	if (instance_name(path, name, sizeof(name)) < 0)
		return fail_set(f, ENAMETOOLONG, "the path %s is too long for an instance", path);
	(void)snprintf(meta.boot_id, sizeof(meta.boot_id), "%s", key->boot_id);
	r = quota_check(state_fd, &retention->quota, f);
	if (r < 0)
		return r;
	parent = open_parent(state_fd, key, f);
	if (parent < 0)
		return parent;
	r = end_if_over(state_fd, parent, name, key->boot_id, meta.used);
	if (r < 0)
		return fail_errno(f, r, "cannot end the old instance of %s", path);
	fd = open_locked(parent, name, mode, f);
	if (fd < 0)
		return fd;
	r = quota_apply(state_fd, fd, &retention->quota, f);
	if (r < 0)
		return r;
	if (key->kind != 's') {
		r = instance_meta_write(parent, name, &meta);
		if (r < 0)
			return fail_errno(f, r, "cannot note the use of the instance of %s", path);
	}
	return nsi_take_fd(&fd);
}
