/* SPDX-License-Identifier: MIT */
#include "state/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "state/record_format.h"

static void record_name(char buf[24], uint64_t id)
{
	text_fmt(buf, 24, "%" PRIu64, id); /* 20 digits at most */
}

int record_parse(const void *raw, size_t size, struct set_record *ret)
{
	int r = format_read_head(record_formats, record_format_count, raw, size, ret, NULL);

	return r < 0 ? r : 0;
}

int record_create(int sets_fd, struct set_record *head)
{
	return record_replace(sets_fd, head, NULL, 0);
}

int record_replace(int sets_fd, struct set_record *head, struct session_record *slots,
		   unsigned count)
{
	NSI_AUTO_FREE char *all = NULL;
	size_t size = sizeof(*head) + (size_t)count * sizeof(*slots);
	char name[24];
	int fd, r;

	format_seal_head(head);
	all = malloc(size);
	if (!all)
		return -ENOMEM;
	memcpy(all, head, sizeof(*head));
	for (unsigned i = 0; i < count; i++) {
		format_seal_slot(&slots[i]);
		memcpy(all + sizeof(*head) + i * sizeof(*slots), &slots[i], sizeof(*slots));
	}
	record_name(name, head->id);
	r = path_write_file(sets_fd, name, 0600, all, size);
	if (r < 0)
		return r;
	fd = openat(sets_fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * A copy of the record @from in the present form, in memory.  A slot that cannot
 * be read is one of the copy too, so that the session is known to be in doubt.
 */
static int record_copy_in_present_form(int from, const struct record_format *format,
				       off_t head_size, const struct set_record *head)
{
	NSI_AUTO_FD int fd = memfd_create("nsisolate-record", MFD_CLOEXEC);
	NSI_AUTO_FREE char *raw = malloc(format->slot_size);
	int r;

	if (fd < 0 || !raw)
		return fd < 0 ? -errno : -ENOMEM;
	r = fd_write_all(fd, head, sizeof(*head));
	for (unsigned i = 0; r == 0 && i < RECORD_SLOTS_MAX; i++) {
		struct session_record s;
		ssize_t n = pread(from, raw, format->slot_size,
				  head_size + (off_t)i * (off_t)format->slot_size);

		if (n <= 0)
			return n < 0 ? -errno : nsi_take_fd(&fd);
		if (n == (ssize_t)format->slot_size && format->slot(raw, &s) == 0)
			format_seal_slot(&s);
		else
			memset(&s, 0xff, sizeof(s));
		r = fd_write_all(fd, &s, sizeof(s));
	}
	return r < 0 ? r : nsi_take_fd(&fd);
}

/* Opens a record as it is, for reading and writing, if it is a file that is root's alone. */
static int record_open_file(int sets_fd, uint64_t id)
{
	NSI_AUTO_FD int fd = -EBADF;
	struct stat st;
	char name[24];

	record_name(name, id);
	/* O_NONBLOCK: a FIFO in its place must not hold us up. */
	fd = openat(sets_fd, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP || errno == ENXIO || errno == EISDIR ? -EBADMSG : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || st.st_nlink != 1)
		return -EBADMSG;
	if (st.st_size >
	    (off_t)(FORMAT_HEAD_MAX + RECORD_SLOTS_MAX * sizeof(struct session_record)))
		return -EBADMSG;
	return nsi_take_fd(&fd);
}

static int record_open_any(int sets_fd, uint64_t id, struct set_record *ret, bool *ret_is_copy)
{
	NSI_AUTO_FD int fd = record_open_file(sets_fd, id);
	const struct record_format *format;
	char raw[FORMAT_HEAD_MAX];
	ssize_t n;
	int r;

	if (fd < 0)
		return fd;
	n = fd_read_all(fd, raw, sizeof(raw));
	if (n < 0)
		return (int)n;
	r = format_read_head(record_formats, record_format_count, raw, (size_t)n, ret, &format);
	if (r < 0)
		return r;
	if (ret->id != id)
		return -EBADMSG;
	*ret_is_copy = !format_is_present(raw);
	return *ret_is_copy ? record_copy_in_present_form(fd, format, r, ret) : nsi_take_fd(&fd);
}

int record_open(int sets_fd, uint64_t id, struct set_record *ret)
{
	bool is_copy;

	return record_open_any(sets_fd, id, ret, &is_copy);
}

/* Puts what @from holds in place of the record.  Returns a descriptor of it, or -errno. */
static int record_put_in_place(int sets_fd, uint64_t id, int from)
{
	NSI_AUTO_FREE char *all = NULL;
	struct stat st;
	char name[24];
	ssize_t n;
	int r;

	if (fstat(from, &st) < 0)
		return -errno;
	all = malloc((size_t)st.st_size);
	if (!all)
		return -ENOMEM;
	n = pread(from, all, (size_t)st.st_size, 0);
	if (n != st.st_size)
		return n < 0 ? -errno : -EIO;
	record_name(name, id);
	r = path_write_file(sets_fd, name, 0600, all, (size_t)n);
	return r < 0 ? r : record_open_file(sets_fd, id);
}

int record_take_over(int sets_fd, uint64_t id, struct set_record *ret)
{
	bool is_copy = false;
	NSI_AUTO_FD int fd = record_open_any(sets_fd, id, ret, &is_copy);

	return fd >= 0 && is_copy ? record_put_in_place(sets_fd, id, fd) : nsi_take_fd(&fd);
}

static off_t record_slot_offset(unsigned slot)
{
	return (off_t)(sizeof(struct set_record) + (size_t)slot * sizeof(struct session_record));
}

int record_write_slot(int fd, unsigned slot, struct session_record *s)
{
	ssize_t n;

	format_seal_slot(s);
	do
		n = pwrite(fd, s, sizeof(*s), record_slot_offset(slot));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == sizeof(*s) ? 0 : -ENOSPC;
}

int record_read_slot(int fd, unsigned slot, struct session_record *ret)
{
	ssize_t n;

	if (slot >= RECORD_SLOTS_MAX)
		return 0;
	do
		n = pread(fd, ret, sizeof(*ret), record_slot_offset(slot));
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : 0;
	if (n != (ssize_t)sizeof(*ret))
		return -EBADMSG;
	return format_check_slot(ret) < 0 ? -EBADMSG : 1;
}

int record_remove(int sets_fd, uint64_t id)
{
	char name[24];

	record_name(name, id);
	return unlinkat(sets_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int record_set_aside(int sets_fd, const char *name)
{
	char aside[NAME_MAX + 1];
	int n = snprintf(aside, sizeof(aside), ".bad-%s", name);

	if (n < 0 || (size_t)n >= sizeof(aside))
		return -ENAMETOOLONG;
	return renameat(sets_fd, name, sets_fd, aside) < 0 ? -errno : 0;
}

int record_each(int sets_fd, int (*each)(void *arg, const char *name, uint64_t id), void *arg)
{
	NSI_AUTO_DIR DIR *dir = path_list(sets_fd, ".");
	struct dirent *e;

	if (!dir)
		return -errno;
	while (errno = 0, (e = readdir(dir)) != NULL) {
		uint64_t id;
		int r;

		if (e->d_name[0] == '.')
			continue;
		if (text_u64(e->d_name, UINT64_MAX, &id) < 0)
			id = 0;
		r = each(arg, e->d_name, id);
		if (r != 0)
			return r;
	}
	return errno ? -errno : 0;
}

static int record_found_one(void *arg, const char *name, uint64_t id)
{
	(void)arg;
	(void)name;
	return id ? 1 : 0;
}

bool record_any(int sets_fd)
{
	return record_each(sets_fd, record_found_one, NULL) > 0;
}
