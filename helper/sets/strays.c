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

/* A whole link of /proc, terminated.  Returns false if there is none. */
static bool strays_read_link(int dirfd, const char *name, char *buf, size_t size)
{
	ssize_t n = readlinkat(dirfd, name, buf, size - 1);

	if (n < 0 || (size_t)n == size - 1)
		return false;
	buf[n] = '\0';
	return true;
}

static bool strays_is_of_host_root(int proc)
{
	unsigned ids[4] = {1, 1, 1, 1};
	char text[4096];
	const char *line;

	if (fd_read_file(proc, "status", text, sizeof(text)) < 0)
		return false;
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
static bool strays_may_be_anchor(int proc, const char *self_exe)
{
	char text[64], exe[PATH_MAX];

	if (fd_read_file(proc, "comm", text, sizeof(text)) < 0 ||
	    strncmp(text, "nsi-set-", 8) != 0 || !strays_is_of_host_root(proc))
		return false;
	return strays_read_link(proc, "exe", exe, sizeof(exe)) &&
	       (strays_is_file(exe, self_exe) || strays_is_file(exe, stay_program()));
}

/*
 * Whether @fd is such a copy of a record that an anchor, of whichever version of the
 * program, wrote and nobody can have changed since.
 */
static bool strays_read_copy(int fd, struct set_record *ret)
{
	char raw[FORMAT_HEAD_MAX];
	ssize_t n;

	if (fcntl(fd, F_GET_SEALS) != STAY_COPY_SEALS)
		return false;
	n = pread(fd, raw, sizeof(raw), 0);
	return n > 0 && record_parse(raw, (size_t)n, ret) == 0;
}

static bool strays_find_copy(int proc, const char *rundir, struct set_record *ret)
{
	NSI_AUTO_DIR DIR *dir = path_list(proc, "fd");
	char name[STAY_COPY_SIZE], wanted[STAY_COPY_SIZE + 32], link[PATH_MAX];
	struct dirent *e;

	if (!dir)
		return false;
	stay_copy_name(name, rundir);
	/* The text of such a link, as proc_pid_fd(5) describes it. */
	text_fmt(wanted, sizeof(wanted), "/memfd:%s (deleted)", name);
	while ((e = readdir(dir)) != NULL) {
		NSI_AUTO_FD int copy = -EBADF;

		if (!strays_read_link(dirfd(dir), e->d_name, link, sizeof(link)) ||
		    strcmp(link, wanted) != 0)
			continue;
		copy = openat(dirfd(dir), e->d_name, O_RDONLY | O_CLOEXEC);
		if (copy >= 0 && strays_read_copy(copy, ret))
			return true;
	}
	return false;
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

static void strays_look_at(struct sets *sets, int pid, const char *name, const char *self_exe)
{
	NSI_AUTO_FD int proc = -EBADF;
	struct set_record rec;
	char path[32];
	bool found;

	text_fmt(path, sizeof(path), "/proc/%.20s", name);
	proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return;
	priv_raise(); /* anchors are not dumpable */
	found = strays_may_be_anchor(proc, self_exe) &&
		strays_find_copy(proc, sets->host.rundir, &rec);
	priv_lower();
	if (found && !set_by_id(sets, rec.id))
		strays_take_over(sets, pid, &rec);
}

void strays_adopt(struct sets *sets)
{
	NSI_AUTO_DIR DIR *dir = opendir("/proc");
	char self_exe[PATH_MAX];
	char *deleted;
	struct dirent *e;
	bool have;

	priv_raise();
	have = strays_read_link(AT_FDCWD, "/proc/self/exe", self_exe, sizeof(self_exe));
	priv_lower();
	if (!dir || !have) {
		log_line(LOG_ERR,
			 "cannot look for anchors without a record in /proc: restart the helper");
		adopt_leave(sets);
		return;
	}
	deleted = strstr(self_exe, " (deleted)");
	if (deleted)
		*deleted = '\0';
	while (errno = 0, (e = readdir(dir)) != NULL) {
		uint64_t pid;

		if (text_u64(e->d_name, INT32_MAX, &pid) == 0 && !strays_is_known(sets, (int)pid))
			strays_look_at(sets, (int)pid, e->d_name, self_exe);
	}
	if (errno)
		adopt_leave(sets);
}
