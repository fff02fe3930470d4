/* SPDX-License-Identifier: MIT */
/* Anchors that no record names */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "host/host.h"
#include "log/log.h"
#include "policy/image.h"
#include "priv/priv.h"
#include "sets/adopt.h"
#include "sets/all.h"
#include "sets/set.h"
#include "sets/stay.h"
#include "state/record_format.h"

/*
 * DOC: what cannot be read
 *
 * A set whose anchor is overlooked loses all that it has.  So the functions here tell three things apart: 1, it
 * is so; 0, it is not, or the process has ended meanwhile; -errno, it cannot be told.
 */
static int strays_fail(int err)
{
	return err == ENOENT || err == ESRCH ? 0 : -err;
}

/* A whole link of /proc, terminated; 0 as well for one that does not fit. */
static int strays_read_link(int dirfd, const char *name, char *buf, size_t size)
{
	ssize_t n = readlinkat(dirfd, name, buf, size - 1);

	if (n < 0)
		return strays_fail(errno);
	if ((size_t)n == size - 1)
		return 0;
	buf[n] = '\0';
	return 1;
}

/* A file of a process, as it is for all to read; 0 as well for one that is hidden from root, as anchors are not. */
static int strays_read_file(int proc, const char *name, char *buf, size_t size)
{
	ssize_t n = fd_read_file(proc, name, buf, size);

	if (n == -EACCES || n == -EPERM || n == -E2BIG)
		return 0;
	return n < 0 ? strays_fail((int)-n) : 1;
}

static int strays_is_of_host_root(int proc)
{
	unsigned ids[4] = {1, 1, 1, 1};
	char text[4096];
	const char *line;
	int r = strays_read_file(proc, "status", text, sizeof(text));

	if (r <= 0)
		return r;
	line = strstr(text, "\nUid:");
	return line && sscanf(line, " Uid: %u %u %u %u", &ids[0], &ids[1], &ids[2], &ids[3]) == 4 &&
	       !ids[0] && !ids[1] && !ids[2] && !ids[3];
}

/* Whether a link of /proc names this file, which an upgrade may have replaced. */
static bool strays_is_file(const char *exe, const char *path)
{
	size_t len = strlen(path);

	return len > 0 && strncmp(exe, path, len) == 0 &&
	       (exe[len] == '\0' || strcmp(exe + len, " (deleted)") == 0);
}

/*
 * Root's, by all of its ids and seen from the host, and of the helper's file or that of
 * anchors: nobody else can make it hold a copy.
 */
static int strays_may_be_anchor(int proc, const char *self_exe)
{
	char text[64], exe[PATH_MAX];
	int r = strays_read_file(proc, "comm", text, sizeof(text));

	if (r <= 0 || strncmp(text, "nsi-set-", 8) != 0)
		return r < 0 ? r : 0;
	r = strays_is_of_host_root(proc);
	if (r > 0)
		r = strays_read_link(proc, "exe", exe, sizeof(exe));
	if (r <= 0)
		return r;
	return strays_is_file(exe, self_exe) || strays_is_file(exe, stay_program());
}

/*
 * Whether @fd is such a copy of a record that an anchor, of whichever version of the
 * program, wrote and nobody can have changed since.
 */
static int strays_read_copy(int fd, struct set_record *ret)
{
	char raw[FORMAT_HEAD_MAX];
	int seals = fcntl(fd, F_GET_SEALS);
	ssize_t n;

	if (seals != STAY_COPY_SEALS)
		return seals >= 0 || errno == EINVAL ? 0 : -errno; /* EINVAL: it can have none */
	n = pread(fd, raw, sizeof(raw), 0);
	if (n < 0)
		return -errno;
	return n > 0 && record_parse(raw, (size_t)n, ret) == 0;
}

/* Whether the descriptor @name of a process is the copy whose link reads @wanted. */
static int strays_look_at_fd(int fds, const char *name, const char *wanted, struct set_record *ret)
{
	NSI_AUTO_FD int copy = -EBADF;
	char link[PATH_MAX];
	int r = strays_read_link(fds, name, link, sizeof(link));

	if (r <= 0 || strcmp(link, wanted) != 0)
		return r < 0 ? r : 0;
	copy = openat(fds, name, O_RDONLY | O_CLOEXEC);
	return copy < 0 ? strays_fail(errno) : strays_read_copy(copy, ret);
}

static int strays_find_copy(int proc, const char *rundir, struct set_record *ret)
{
	NSI_AUTO_DIR DIR *dir = path_list(proc, "fd");
	char name[STAY_COPY_SIZE], wanted[STAY_COPY_SIZE + 32];
	struct dirent *e;
	int r = 0;

	if (!dir)
		return strays_fail(errno);
	stay_copy_name(name, rundir);
	/* The text of such a link, as proc_pid_fd(5) describes it. */
	text_fmt(wanted, sizeof(wanted), "/memfd:%s (deleted)", name);
	while (r == 0 && (errno = 0, e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.')
			r = strays_look_at_fd(dirfd(dir), e->d_name, wanted, ret);
	return r == 0 && errno ? strays_fail(errno) : r;
}

static void strays_take_over(struct sets *sets, int pid, struct set_record *rec)
{
	NSI_AUTO_FD int anchor = -EBADF;
	int fd;

	if (rec->anchor_pid != pid || strcmp(rec->boot_id, sets->host.boot_id) != 0)
		return;
	anchor = adopt_find_anchor(rec);
	if (anchor < 0 && anchor != -ESRCH)
		adopt_leave(sets);
	if (anchor < 0)
		return;
	rec->on_last_close = POL_LAST_WAIT; /* nobody knows its sessions any more */
	rec->in_doubt = true;
	fd = record_create(sets->host.sets_fd, rec);
	log_line(LOG_WARNING, "the record of set %" PRIu64 " was lost; its anchor %d has a copy",
		 rec->id, pid);
	adopt_note_id(sets, rec->id);
	if (fd >= 0) {
		adopt_set(sets, rec, fd, nsi_take_fd(&anchor));
		return;
	}
	log_line(LOG_ERR, "cannot write the record of set %" PRIu64 ": %s", rec->id,
		 strerrordesc_np(-fd));
	adopt_leave(sets);
}

static bool strays_is_known(const struct sets *sets, int pid)
{
	const struct set *s;

	LIST_FOREACH (s, &sets->all, link)
		if (s->anchor.pid == pid)
			return true;
	return false;
}

/* Of a process that ends meanwhile, links cannot be read either, and the error is EACCES (Linux, proc_pid_readlink()). */
static int strays_find_copy_of(int proc, const char *self_exe, const char *rundir,
			       struct set_record *ret)
{
	char comm[64];
	int r = strays_may_be_anchor(proc, self_exe);

	if (r > 0)
		r = strays_find_copy(proc, rundir, ret);
	return r < 0 && strays_read_file(proc, "comm", comm, sizeof(comm)) == 0 ? 0 : r;
}

/* Returns 0, or -errno if it cannot be told whether the process is an anchor of this rundir. */
static int strays_look_at(struct sets *sets, int pid, const char *name, const char *self_exe)
{
	NSI_AUTO_FD int proc = -EBADF;
	struct set_record rec;
	char path[32];
	int r;

	text_fmt(path, sizeof(path), "/proc/%.20s", name);
	proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = proc < 0 ? strays_fail(errno)
		     : strays_find_copy_of(proc, self_exe, sets->host.rundir, &rec);
	if (r <= 0 || set_by_id(sets, rec.id))
		return r < 0 ? r : 0;
	priv_lower();
	strays_take_over(sets, pid, &rec);
	priv_raise();
	return 0;
}

/* Looks at all processes.  Returns 0, or -errno for the first that could not be looked at. */
static int strays_look_at_all(struct sets *sets, const char *self_exe)
{
	NSI_AUTO_DIR DIR *dir = opendir("/proc");
	struct dirent *e;
	int first = 0, r;

	if (!dir)
		return -errno;
	while (errno = 0, (e = readdir(dir)) != NULL) {
		uint64_t pid;

		if (text_u64(e->d_name, INT32_MAX, &pid) < 0 || strays_is_known(sets, (int)pid))
			continue;
		r = strays_look_at(sets, (int)pid, e->d_name, self_exe);
		first = first ? first : r;
	}
	return errno ? -errno : first;
}

void strays_adopt(struct sets *sets)
{
	char self_exe[PATH_MAX];
	char *deleted;
	int r;

	priv_raise(); /* anchors are not dumpable; with hidepid=, /proc does not list them otherwise */
	r = strays_read_link(AT_FDCWD, "/proc/self/exe", self_exe, sizeof(self_exe));
	deleted = r > 0 ? strstr(self_exe, " (deleted)") : NULL;
	if (deleted)
		*deleted = '\0';
	if (r == 0)
		r = -ENOENT;
	if (r > 0)
		r = strays_look_at_all(sets, self_exe);
	priv_lower();
	if (r == 0)
		return;
	log_line(LOG_ERR,
		 "cannot look for anchors without a record in /proc: %s; restart the helper",
		 strerrordesc_np(-r));
	adopt_leave(sets);
}
