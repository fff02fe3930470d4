/* SPDX-License-Identifier: MIT */
#include "ctl/copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "ctl/say.h"

enum {
	COPY_SHOWN_SIZE = 1024
};

/* Reports one entry that is not copied. */
static void copy_leave(struct copy_job *job, const char *shown, const char *why)
{
	char escaped[COPY_SHOWN_SIZE];

	job->left++;
	say_error("%s: %s", text_escape(escaped, sizeof(escaped), shown), why);
}

/* The inode of an O_PATH descriptor for reading: the same one, whatever has its name by now. */
static int copy_reopen(int fd, int flags)
{
	char path[40];
	int opened;

	text_fmt(path, sizeof(path), "/proc/self/fd/%d", fd);
	opened = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return opened < 0 ? -errno : opened;
}

/* Copies @size bytes from @at on, or those that there are. */
static int copy_tree_bytes(int from, int to, off_t at, off_t size)
{
	char buf[65536];

	if (lseek(from, at, SEEK_SET) < 0 || lseek(to, at, SEEK_SET) < 0)
		return -errno;
	while (size > 0) {
		const size_t want = size < (off_t)sizeof(buf) ? (size_t)size : sizeof(buf);
		ssize_t n = read(from, buf, want);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		r = fd_write_all(to, buf, (size_t)n);
		if (r < 0)
			return r;
		size -= n;
	}
	return 0;
}

/*
 * At most @size bytes: a file that somebody keeps appending to has an end, too.  Holes stay holes: else a
 * user whose files may take a few megabytes could fill the disk that they are copied to.
 */
static int copy_tree_content(int from, int to, off_t size)
{
	struct stat st;
	off_t end;
	int r;

	for (off_t at = 0; (at = lseek(from, at, SEEK_DATA)) < size; at = end) {
		end = at < 0 ? at : lseek(from, at, SEEK_HOLE);
		if (end < 0) { /* there is no more data: lseek(2) */
			if (errno == ENXIO)
				break;
			return -errno;
		}
		r = copy_tree_bytes(from, to, at, (end < size ? end : size) - at);
		if (r < 0)
			return r;
	}
	if (fstat(from, &st) < 0)
		return -errno;
	return ftruncate(to, st.st_size < size ? st.st_size : size) < 0 ? -errno : 0;
}

/* Owner and mode come last: until then nobody but root has a say in the copy. */
static int copy_finish(const struct copy_job *job, int fd, mode_t mode)
{
	if (job->has_owner && fchown(fd, job->uid, job->gid) < 0)
		return -errno;
	return fchmod(fd, mode & 0777 & ~job->mask) < 0 ? -errno : 0;
}

static void copy_tree_file(struct copy_job *job, int source, const struct stat *st, int target,
			   const char *name, const char *shown)
{
	NSI_AUTO_FD int from = copy_reopen(source, O_RDONLY);
	NSI_AUTO_FD int to = -EBADF;
	int r;

	if (from < 0) {
		copy_leave(job, shown, strerrordesc_np(-from));
		return;
	}
	to = openat(target, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0) {
		copy_leave(job, shown,
			   errno == EEXIST ? "not copied: the name is taken at the target"
					   : strerrordesc_np(errno));
		return;
	}
	r = copy_tree_content(from, to, st->st_size);
	if (r == 0)
		r = copy_finish(job, to, st->st_mode);
	if (r == 0)
		return;
	(void)unlinkat(target, name, 0); /* a part of a file is no copy */
	copy_leave(job, shown, strerrordesc_np(-r));
}

/* Whether the directory is as it was made: its parent may be one in which the user renames. */
static bool copy_is_new(int fd)
{
	NSI_AUTO_DIR DIR *dir = path_list(fd, ".");
	const struct dirent *e;
	struct stat st;

	if (!dir || fstat(fd, &st) < 0 || st.st_uid != geteuid() || (st.st_mode & 07777) != 0700)
		return false;
	while ((e = readdir(dir)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			return false;
	return true;
}

static int copy_make_dir(int target, const char *name)
{
	NSI_AUTO_FD int fd = -EBADF;

	if (mkdirat(target, name, 0700) < 0)
		return -errno;
	fd = openat(target, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return copy_is_new(fd) ? nsi_take_fd(&fd) : -ESTALE;
}

static void copy_entry(struct copy_job *job, int source, int target, const char *name,
		       const char *shown, unsigned depth);

static void copy_tree_dir(struct copy_job *job, int source, const struct stat *st, int target,
			  const char *name, const char *shown, unsigned depth)
{
	NSI_AUTO_FD int to = copy_make_dir(target, name);
	NSI_AUTO_DIR DIR *dir = to < 0 ? NULL : path_list(source, ".");
	const struct dirent *e;
	int r;

	if (!dir) {
		copy_leave(job, shown,
			   to == -EEXIST ? "not copied: the name is taken at the target"
					 : strerrordesc_np(to < 0 ? -to : errno));
		return;
	}
	while (errno = 0, (e = readdir(dir)) != NULL) {
		char below[COPY_SHOWN_SIZE];
		NSI_AUTO_FD int fd = -EBADF;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		text_fmt(below, sizeof(below), "%s/%s", shown, e->d_name);
		fd = path_open(dirfd(dir), e->d_name, O_PATH, PATH_XDEV_NO);
		if (fd < 0)
			copy_leave(job, below,
				   fd == -ELOOP   ? "not copied: it is a symbolic link"
				   : fd == -EXDEV ? "not copied: something is mounted there"
						  : strerrordesc_np(-fd));
		else
			copy_entry(job, fd, to, e->d_name, below, depth + 1);
		if (job->entries >= COPY_ENTRIES_MAX)
			break;
	}
	if (!e && errno)
		copy_leave(job, shown, strerrordesc_np(errno));
	r = copy_finish(job, to, st->st_mode);
	if (r < 0)
		copy_leave(job, shown, strerrordesc_np(-r));
}

static void copy_entry(struct copy_job *job, int source, int target, const char *name,
		       const char *shown, unsigned depth)
{
	struct stat st;

	if (fstat(source, &st) < 0) {
		copy_leave(job, shown, strerrordesc_np(errno));
		return;
	}
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		copy_leave(job, shown,
			   S_ISLNK(st.st_mode)    ? "not copied: it is a symbolic link"
			   : S_ISSOCK(st.st_mode) ? "not copied: it is a socket"
			   : S_ISFIFO(st.st_mode) ? "not copied: it is a pipe"
						  : "not copied: it is a device");
		return;
	}
	if (depth >= COPY_DEPTH_MAX) {
		copy_leave(job, shown, "not copied: it lies too deep");
		return;
	}
	if (++job->entries >= COPY_ENTRIES_MAX) {
		copy_leave(job, shown, "the copy ends here: there are too many entries");
		return;
	}
	if (S_ISREG(st.st_mode))
		copy_tree_file(job, source, &st, target, name, shown);
	else
		copy_tree_dir(job, source, &st, target, name, shown, depth);
}

void copy_tree(struct copy_job *job, int source, int target, const char *name, const char *shown)
{
	copy_entry(job, source, target, name, shown, 0);
}
