/* SPDX-License-Identifier: MIT */
#include "build/island.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "base/text.h"
#include "log/log.h"
#include "mnt/mnt.h"

enum {
	IMPORT_BYTES_MAX = 16 << 20,
	COPY_CHUNK = 65536
};

int island_take(int host_dir, const char *name, struct nsi_fail *warning, struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = path_open(host_dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, PATH_ANY);
	struct stat st;

	if (fd == -ENOENT)
		return ISLAND_NONE;
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid != 0) {
		(void)fail_set(warning, EPERM,
			       "%s is not kept: what the host has there is no directory of root's",
			       name);
		return ISLAND_NONE;
	}
	return mnt_clone(fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, f);
}

int island_attach(int island, int instance, const char *name, struct nsi_fail *warning,
		  struct nsi_fail *f)
{
	NSI_AUTO_FD int target = -EBADF;

	/* In an instance that is kept, the user may have put something there; it is covered. */
	if (mkdirat(instance, name, 01777) < 0 && errno != EEXIST)
		return fail_errno(f, errno, "cannot make a place for %s", name);
	target = path_open(instance, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, PATH_ANY);
	if (target < 0) {
		(void)fail_set(warning, EEXIST,
			       "%s is not kept: the private directory has a file of that name",
			       name);
		return 0;
	}
	return mnt_attach(island, target, f);
}

static int copy_bytes(int from, int to)
{
	char buf[COPY_CHUNK];
	size_t total = 0;

	for (;;) {
		ssize_t n = read(from, buf, sizeof(buf));
		ssize_t done = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		total += (size_t)n;
		if (total > IMPORT_BYTES_MAX)
			return -EFBIG;
		while (done < n) {
			ssize_t w = write(to, buf + done, (size_t)(n - done));

			if (w < 0 && errno != EINTR)
				return -errno;
			done += w > 0 ? w : 0;
		}
	}
}

/*
 * The new file is complete and the user's before it has its name.  Until then its name
 * is one that nobody can guess: others may write to this directory.
 */
static int copy_file(int in, const struct stat *st, int to, const char *name)
{
	char temp[48];
	uint64_t number;
	int out, r;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -errno;
	(void)snprintf(temp, sizeof(temp), ".nsisolate-%016" PRIx64, number);
	out = openat(to, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return -errno;
	r = copy_bytes(in, out);
	if (r == 0 &&
	    (fchown(out, st->st_uid, st->st_gid) < 0 || fchmod(out, st->st_mode & 0777) < 0))
		r = -errno;
	if (close(out) < 0 && r == 0)
		r = -errno;
	if (r == 0 && renameat(to, temp, to, name) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(to, temp, 0); /* the error at hand says more */
	return r;
}

static int import_one(int from, int to, const char *name, uid_t uid)
{
	/* O_NONBLOCK: a FIFO must not hold the login up. */
	NSI_AUTO_FD int in =
		path_open(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, PATH_XDEV_NO);
	struct stat st;
	int r;

	if (in < 0 || fstat(in, &st) < 0)
		return 0;
	if (!S_ISREG(st.st_mode) || st.st_uid != uid || st.st_nlink != 1)
		return 0;
	r = copy_file(in, &st, to, name);
	if (r == 0 && unlinkat(from, name, 0) < 0)
		r = -errno;
	return r;
}

int island_import(int from, int to, const char *pattern, uid_t uid, gid_t gid, struct nsi_fail *f)
{
	NSI_AUTO_DIR DIR *dir = path_list(from, ".");
	char shown[NAME_MAX * 4 + 1];
	struct dirent *e;

	(void)gid;
	if (!dir)
		return fail_errno(f, errno, "cannot look for files to import");
	while ((e = readdir(dir)) != NULL) {
		int r = 0;

		if (e->d_name[0] != '\0' && fnmatch(pattern, e->d_name, FNM_PERIOD) == 0)
			r = import_one(from, to, e->d_name, uid);
		if (r <
		    0) /* too large, no room, a directory of that name: all of it a user's doing */
			log_line(LOG_WARNING, "%.100s of uid %u is not moved into the set: %s",
				 text_escape(shown, sizeof(shown), e->d_name), uid,
				 strerrordesc_np(-r));
	}
	return 0;
}
