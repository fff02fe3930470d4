/* SPDX-License-Identifier: MIT */
#include "mnt/mnt.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "base/text.h"

int mnt_make_slave(struct nsi_fail *f)
{
	struct mount_attr attr = {.propagation = MS_SLAVE};

	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return fail_errno(f, errno, "cannot cut the mounts off from the host's");
	return 0;
}

int mnt_open_target(const char *path, struct nsi_fail *f)
{
	return path_open_trusted(path, O_PATH | O_DIRECTORY, PATH_ROOT_OWNED | PATH_MOUNT_POINT, f);
}

/* The kernel's words on a parameter that it does not take, from the fs context (fsopen(2)). */
static int mnt_context_error(int fs, int err, const char *type, const char *key, struct nsi_fail *f)
{
	char text[160] = "";
	ssize_t n = read(fs, text, sizeof(text) - 1);

	if (n > 2 && text[1] == ' ') /* "e message" */
		return fail_set(f, err, "cannot make a %s with this %s: %.100s", type, key,
				text + 2);
	return fail_errno(f, err, "cannot make a %s with this %s", type, key);
}

static int mnt_set_string(int fs, const char *key, const char *value, struct nsi_fail *f)
{
	if (fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0) < 0)
		return mnt_context_error(fs, errno, "tmpfs", key, f);
	return 0;
}

static int mnt_configure(int fs, const struct mnt_tmpfs *o, struct nsi_fail *f)
{
	char value[32];
	int r;

	text_fmt(value, sizeof(value), "%04o", o->mode);
	r = mnt_set_string(fs, "mode", value, f);
	if (r < 0)
		return r;
	if (o->size)
		text_fmt(value, sizeof(value), "%" PRIu64, o->size);
	else
		text_fmt(value, sizeof(value), "%" PRIu32 "%%", o->size_percent);
	r = o->size || o->size_percent ? mnt_set_string(fs, "size", value, f) : 0;
	if (r < 0)
		return r;
	text_fmt(value, sizeof(value), "%" PRIu64, o->inodes);
	return o->inodes ? mnt_set_string(fs, "nr_inodes", value, f) : 0;
}

static int mnt_create(int fs, const char *type, uint32_t attrs, struct nsi_fail *f)
{
	int mount;

	/* So that findmnt(8) says whose it is. */
	if (fsconfig(fs, FSCONFIG_SET_STRING, "source", "nsisolate", 0) < 0)
		return mnt_context_error(fs, errno, type, "source", f);
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return mnt_context_error(fs, errno, type, "configuration", f);
	mount = fsmount(fs, FSMOUNT_CLOEXEC, attrs);
	if (mount < 0) /* a mount that is nowhere yet has a mount namespace of its own */
		return fail_errno(f, errno, "cannot mount a %s%s", type,
				  errno == ENOSPC ? ": see /proc/sys/user/max_mnt_namespaces" : "");
	return mount;
}

int mnt_new_tmpfs(const struct mnt_tmpfs *options, struct nsi_fail *f)
{
	NSI_AUTO_FD int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	int r;

	if (fs < 0)
		return fail_errno(f, errno, "cannot make a tmpfs");
	r = mnt_configure(fs, options, f);
	return r < 0 ? r : mnt_create(fs, "tmpfs", options->attrs, f);
}

/* As a path, because only Linux 6.13 takes layers as descriptors; it leads to nothing else. */
static const char *mnt_layer(int fd, char buf[32])
{
	text_fmt(buf, 32, "/proc/self/fd/%d", fd);
	return buf;
}

/*
 * Makes a detached overlay that shows @lower and stores changes in @upper.  @work must be
 * an empty directory beside @upper; both must be attached already.
 */
static int mnt_new_overlay(int lower, int upper, int work, uint32_t attrs, struct nsi_fail *f)
{
	char path[3][32];
	const struct mnt_option options[] = {
		{"lowerdir", mnt_layer(lower, path[0])},
		{"upperdir", mnt_layer(upper, path[1])},
		{"workdir", mnt_layer(work, path[2])},
	};

	return mnt_new_fs("overlay", attrs, options, 3, f);
}

int mnt_new_fs(const char *type, uint32_t attrs, const struct mnt_option *options, unsigned count,
	       struct nsi_fail *f)
{
	NSI_AUTO_FD int fs = fsopen(type, FSOPEN_CLOEXEC);

	if (fs < 0)
		return fail_errno(f, errno, "cannot make a %s", type);
	for (unsigned i = 0; i < count; i++) {
		const struct mnt_option *o = &options[i];

		if (fsconfig(fs, o->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, o->key,
			     o->value, 0) < 0)
			return mnt_context_error(fs, errno, type, o->key, f);
	}
	return mnt_create(fs, type, attrs, f);
}

static int mnt_clone_at(int fd, uint32_t attrs, unsigned recursive, struct nsi_fail *f)
{
	NSI_AUTO_FD int mount =
		open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | recursive);
	struct mount_attr attr = {.attr_set = attrs, .propagation = MS_PRIVATE};

	if (mount < 0)
		return fail_errno(f, errno, "cannot copy a mount");
	if (mount_setattr(mount, "", AT_EMPTY_PATH | recursive, &attr, sizeof(attr)) < 0)
		return fail_errno(f, errno, "cannot set the flags of a mount");
	return nsi_take_fd(&mount);
}

int mnt_clone(int fd, uint32_t attrs, struct nsi_fail *f)
{
	return mnt_clone_at(fd, attrs, 0, f);
}

int mnt_clone_tree(int fd, uint32_t attrs, struct nsi_fail *f)
{
	return mnt_clone_at(fd, attrs, AT_RECURSIVE, f);
}

int mnt_attach(int mount, int target, struct nsi_fail *f)
{
	if (move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) <
	    0)
		return fail_errno(
			f, errno, "cannot attach a mount%s",
			errno == ENOSPC ? ": a limit is reached, see /proc/sys/fs/mount-max" : "");
	return 0;
}

int mnt_verify(const char *path, int mount, struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = path_open(AT_FDCWD, path, O_PATH, PATH_ANY);
	struct stat there, wanted;

	if (fd < 0 || fstat(fd, &there) < 0 || fstat(mount, &wanted) < 0)
		return fail_errno(f, fd < 0 ? fd : errno, "cannot look at %s after mounting on it",
				  path);
	if (there.st_dev != wanted.st_dev || there.st_ino != wanted.st_ino)
		return fail_set(f, EXDEV, "%s is not what was mounted there", path);
	return 0;
}

/* The top of an overlay looks as its upper directory does: give that the lower one's owner and mode. */
static int mnt_make_upper(int scratch, int lower, struct nsi_fail *f)
{
	NSI_AUTO_FD int dir = path_make_dir(scratch, "upper", 0700, f);
	struct stat st;

	if (dir < 0)
		return dir;
	if (fstat(lower, &st) < 0 || fchown(dir, st.st_uid, st.st_gid) < 0 ||
	    fchmod(dir, st.st_mode & 07777) < 0)
		return fail_errno(f, errno, "cannot make an overlay look like what is below");
	return nsi_take_fd(&dir);
}

int mnt_attach_overlay(int target, const struct mnt_tmpfs *options, struct nsi_fail *f)
{
	struct mnt_tmpfs layers = *options;
	NSI_AUTO_FD int scratch = -EBADF;
	NSI_AUTO_FD int upper = -EBADF;
	NSI_AUTO_FD int work = -EBADF;
	NSI_AUTO_FD int mount = -EBADF;
	int r;

	layers.attrs &=
		~(uint32_t)MOUNT_ATTR_RDONLY; /* of the overlay alone: its layers are made yet */
	scratch = mnt_new_tmpfs(&layers, f);
	if (scratch < 0)
		return scratch;
	/* Below the overlay itself, where nobody sees it: layers must be attached somewhere. */
	r = mnt_attach(scratch, target, f);
	if (r < 0)
		return r;
	upper = mnt_make_upper(scratch, target, f);
	if (upper < 0)
		return upper;
	work = path_make_dir(scratch, "work", 0700, f);
	if (work < 0)
		return work;
	mount = mnt_new_overlay(target, upper, work, options->attrs, f);
	if (mount < 0)
		return mount;
	r = mnt_attach(mount, scratch, f);
	return r < 0 ? r : nsi_take_fd(&mount);
}

enum {
	STOCK_MAX = 8
};

static struct item {
	const char *type; /* a constant; NULL: sold */
	struct mnt_tmpfs options;
	uint32_t attrs;
	int mount;
} stock[STOCK_MAX];

static const struct mnt_tmpfs no_options;

static struct item *mnt_stock_room(void)
{
	for (unsigned i = 0; i < STOCK_MAX; i++)
		if (!stock[i].type)
			return &stock[i];
	return NULL;
}

static void mnt_stock_put(const char *type, const struct mnt_tmpfs *options, uint32_t attrs,
			  int mount)
{
	struct item *i = mnt_stock_room();

	if (i && mount >= 0)
		*i = (struct item){type, *options, attrs, mount};
	else
		nsi_closep(&mount);
}

void stock_tmpfs(const struct mnt_tmpfs *options)
{
	struct nsi_fail ignored = {""}; /* reported when the mount is needed */

	if (mnt_stock_room())
		mnt_stock_put("tmpfs", options, options->attrs, mnt_new_tmpfs(options, &ignored));
}

void stock_fs(const char *type, uint32_t attrs)
{
	struct nsi_fail ignored = {""};

	if (mnt_stock_room())
		mnt_stock_put(type, &no_options, attrs, mnt_new_fs(type, attrs, NULL, 0, &ignored));
}

static bool mnt_stock_is_same(const struct mnt_tmpfs *a, const struct mnt_tmpfs *b)
{
	return a->size == b->size && a->size_percent == b->size_percent && a->inodes == b->inodes &&
	       a->mode == b->mode && a->attrs == b->attrs;
}

/* One of these, the caller's; -EBADF if there is none. */
static int mnt_stock_take(const char *type, const struct mnt_tmpfs *options, uint32_t attrs)
{
	for (unsigned i = 0; i < STOCK_MAX; i++) {
		if (!stock[i].type || strcmp(stock[i].type, type) != 0 || stock[i].attrs != attrs ||
		    !mnt_stock_is_same(&stock[i].options, options))
			continue;
		stock[i].type = NULL;
		return stock[i].mount;
	}
	return -EBADF;
}

int stock_new_tmpfs(const struct mnt_tmpfs *options, struct nsi_fail *f)
{
	int mount = mnt_stock_take("tmpfs", options, options->attrs);

	return mount >= 0 ? mount : mnt_new_tmpfs(options, f);
}

int stock_new_fs(const char *type, uint32_t attrs, struct nsi_fail *f)
{
	int mount = mnt_stock_take(type, &no_options, attrs);

	return mount >= 0 ? mount : mnt_new_fs(type, attrs, NULL, 0, f);
}

void stock_clear(void)
{
	for (unsigned i = 0; i < STOCK_MAX; i++) {
		if (stock[i].type)
			nsi_closep(&stock[i].mount);
		stock[i].type = NULL;
	}
}
