/* SPDX-License-Identifier: MIT */
#include "instance/instance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "base/text.h"
#include "instance/meta.h"
#include "instance/reserve.h"

enum {
	RENAME_TRIES = 16
};

static bool instance_is_usual(char c, bool first)
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
			text_fmt(piece, sizeof(piece), "-");
		else if (instance_is_usual(*p, p == path + 1))
			text_fmt(piece, sizeof(piece), "%c", *p);
		else
			text_fmt(piece, sizeof(piece), "\\x%02x", (unsigned char)*p);
		n = strlen(piece);
		if (used + n >= size)
			return -ENAMETOOLONG;
		memcpy(buf + used, piece, n);
		used += n;
	}
	buf[used] = '\0';
	return used ? 0 : -EINVAL;
}

int instance_discard(int state_fd, int dir_fd, const char *name)
{
	NSI_AUTO_FD int trash = -EBADF;
	struct nsi_fail f = {""};
	char to[32];

	trash = reserve_make_dir(state_fd, state_fd, "trash", 0700, &f);
	if (trash < 0)
		return trash;
	for (int i = 0; i < RENAME_TRIES; i++) {
		uint64_t number;

		if (getrandom(&number, sizeof(number), 0) != sizeof(number))
			return -errno;
		text_fmt(to, sizeof(to), "%016" PRIx64, number);
		if (renameat2(dir_fd, name, trash, to, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			return errno == ENOENT ? 0 : -errno;
	}
	return -EEXIST;
}

/* Gives the quota of an instance back and moves it into the trash; its meta file is locked. */
static int instance_end(int state_fd, int dir_fd, const char *name)
{
	NSI_AUTO_FD int fd =
		path_open(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);

	if (fd >= 0)
		quota_release(fd);
	return instance_discard(state_fd, dir_fd, name);
}

/* Ends an instance whose meta file is locked if it is due. */
static int instance_end_if_due(int state_fd, int dir_fd, const char *name, const char *boot_id,
			       uint64_t now)
{
	struct instance_meta meta;
	int r = instance_meta_read(dir_fd, name, &meta);

	if (r == -ENOENT || r == -EBADMSG) /* a crash came between: nothing says it is over */
		return 0;
	if (r < 0)
		return r;
	return instance_is_over(&meta, boot_id, now) ? instance_end(state_fd, dir_fd, name) : 0;
}

int instance_end_if_over(int state_fd, int dir_fd, const char *name, const char *boot_id)
{
	NSI_AUTO_FD int lock = meta_lock_unused(dir_fd, name);

	if (lock < 0) /* none: a crash came between */
		return lock == -EWOULDBLOCK || lock == -ENOENT ? 0 : lock;
	return instance_end_if_due(state_fd, dir_fd, name, boot_id, (uint64_t)time(NULL));
}

/* One of a set that has ended.  Returns 1 if it stays, 0 if it does not, or -errno. */
static int instance_end_of_set(int state_fd, int dir_fd, const char *name, const char *boot_id)
{
	struct instance_meta meta;
	int r = instance_meta_read(dir_fd, name, &meta);

	if (r == -ENOENT) /* it is retained for the set alone */
		return instance_end(state_fd, dir_fd, name);
	r = instance_end_if_over(state_fd, dir_fd, name, boot_id);
	if (r < 0)
		return r;
	if (faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

int instance_end_set(int state_fd, const char *parent, const char *boot_id)
{
	NSI_AUTO_DIR DIR *dir = path_list(state_fd, parent);
	struct dirent *e;
	bool is_kept = false;

	if (!dir)
		return errno == ENOENT ? 1 : -errno;
	if (faccessat(dirfd(dir), OWNER_JOB_FILE, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			return -errno;
		quota_release_below(state_fd, parent);
		return 1; /* none is retained */
	}
	while (errno = 0, (e = readdir(dir)) != NULL) {
		int r;

		if (e->d_name[0] == '.' || e->d_type == DT_REG)
			continue;
		r = instance_end_of_set(state_fd, dirfd(dir), e->d_name, boot_id);
		if (r < 0)
			return r;
		is_kept = is_kept || r > 0;
	}
	return errno ? -errno : !is_kept;
}

int instance_remove(int state_fd, const char *parent, const char *name)
{
	NSI_AUTO_FD int dir =
		path_open(state_fd, parent, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
	const struct instance_meta none = {0};
	NSI_AUTO_FD int lock = -EBADF;
	struct nsi_fail f = {""};
	bool alone = false;

	if (dir < 0)
		return dir;
	if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	lock = meta_lock(state_fd, dir, name, &none, &alone, &f);
	if (lock < 0)
		return lock;
	return alone ? instance_end(state_fd, dir, name) : -EBUSY;
}

void instance_parent_name(const struct instance_key *key, char buf[64])
{
	if (key->kind == 's') /* ids start anew at each boot */
		text_fmt(buf, 64, "s%.8s-%" PRIu64, key->boot_id, key->number);
	else
		text_fmt(buf, 64, "%c%" PRIu64, key->kind, key->number);
}

bool instance_is_of_set(const char *name, uint64_t *ret_set)
{
	return name[0] == 's' && strspn(name + 1, "0123456789abcdef") == 8 && name[9] == '-' &&
	       text_u64(name + 10, UINT64_MAX, ret_set) == 0;
}

bool instance_is_of_boot(const char *name, const char *boot_id, uint64_t *ret_set)
{
	return instance_is_of_set(name, ret_set) && strncmp(name + 1, boot_id, 8) == 0;
}

bool instance_is_of_owner(const char *name, uint64_t *ret_number)
{
	return (name[0] == 'u' || name[0] == 'g') &&
	       text_u64(name + 1, UINT64_MAX, ret_number) == 0;
}

static int instance_open_parent(int state_fd, const struct instance_key *key, bool is_kept,
				struct nsi_fail *f)
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
	dir = reserve_make_dir(state_fd, state_fd, name, 0700, f);
	if (dir < 0)
		return dir;
	if (key->kind == 'u' || (key->kind == 's' && is_kept)) {
		r = owner_note(state_fd, dir, key->user, key->kind == 's' ? key->job : NULL, f);
		if (r < 0)
			return r;
	}
	return nsi_take_fd(&dir);
}

/*
 * A policy's "mode" was edited since the instance was made.  Its parent is root's with mode
 * 0700 and it is root's itself, so no user has changed it; whatever else is in the way of
 * path_make_dir() stays as it is and is refused there.
 */
static void instance_follow_mode(int parent, const char *name, mode_t mode)
{
	NSI_AUTO_FD int fd =
		path_open(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == 0 && st.st_gid == 0 &&
	    (st.st_mode & 07777) != mode)
		(void)fchmod(fd, mode); /* path_make_dir() finds what is wrong */
}

/* The instance itself, once nobody can end it. */
static int instance_open_dir(int state_fd, int parent, const char *name, mode_t mode,
			     const struct quota *quota, struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = -EBADF;
	int r;

	instance_follow_mode(parent, name, mode);
	fd = reserve_make_dir(state_fd, parent, name, mode, f);
	if (fd < 0)
		return fd;
	r = quota_apply(state_fd, fd, quota, f);
	return r < 0 ? r : nsi_take_fd(&fd);
}

/* An instance that is kept beyond its set: ends it if it is due, and records its use. */
static int instance_open_kept(int state_fd, int parent, const char *name, mode_t mode,
			      const struct instance_meta *meta, const struct quota *quota,
			      int *ret_lock, struct nsi_fail *f)
{
	NSI_AUTO_FD int lock = -EBADF;
	NSI_AUTO_FD int fd = -EBADF;
	bool alone;
	int r;

	lock = meta_lock(state_fd, parent, name, meta, &alone, f);
	if (lock < 0)
		return lock;
	r = alone ? instance_end_if_due(state_fd, parent, name, meta->boot_id, meta->used) : 0;
	if (r < 0)
		return fail_errno(f, r, "cannot end the old instance %s", name);
	fd = instance_open_dir(state_fd, parent, name, mode, quota, f);
	if (fd < 0)
		return fd;
	r = meta_update(lock, meta);
	if (r < 0)
		return fail_errno(f, r, "cannot note the use of the instance %s", name);
	r = meta_share(&lock, parent, name, f);
	if (r < 0)
		return r;
	*ret_lock = nsi_take_fd(&lock);
	return nsi_take_fd(&fd);
}

int instance_open(int state_fd, const struct instance_key *key, const char *path, mode_t mode,
		  const struct instance_retention *retention, int *ret_lock, struct nsi_fail *f)
{
	struct instance_meta meta = {
		.until_boot = retention->until_boot,
		.age = retention->age,
		.used = (uint64_t)time(NULL),
	};
	/* No other set ever has one of kind 's': it is kept for an administrator, or not at all. */
	const bool is_kept = key->kind != 's' || retention->until_boot || retention->age;
	NSI_AUTO_FD int parent = -EBADF;
	char name[NAME_MAX - 16];
	int r;

	*ret_lock = -EBADF;
	if (instance_name(path, name, sizeof(name)) < 0)
		return fail_set(f, ENAMETOOLONG, "the path %s is too long for an instance", path);
	text_fmt(meta.boot_id, sizeof(meta.boot_id), "%s", key->boot_id);
	r = quota_check(state_fd, &retention->quota, f);
	if (r < 0)
		return r;
	parent = instance_open_parent(state_fd, key, is_kept, f);
	if (parent < 0)
		return parent;
	if (!is_kept)
		return instance_open_dir(state_fd, parent, name, mode, &retention->quota, f);
	return instance_open_kept(state_fd, parent, name, mode, &meta, &retention->quota, ret_lock,
				  f);
}

int instance_lock(int state_fd, const struct instance_key *key, const char *path)
{
	NSI_AUTO_FD int parent = -EBADF;
	NSI_AUTO_FD int lock = -EBADF;
	struct instance_meta ignored;
	struct nsi_fail f = {""};
	char owner[64], name[NAME_MAX - 16];
	bool alone;
	int r;

	instance_parent_name(key, owner);
	if (instance_name(path, name, sizeof(name)) < 0)
		return -ENOENT;
	parent = path_open(state_fd, owner, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
	if (parent < 0)
		return parent;
	r = instance_meta_read(parent, name, &ignored);
	if (r < 0) /* there is nothing that would end it */
		return r;
	lock = meta_lock(state_fd, parent, name, &ignored, &alone, &f);
	if (lock >= 0 && alone && meta_share(&lock, parent, name, &f) < 0)
		return -EBUSY;
	return nsi_take_fd(&lock);
}
