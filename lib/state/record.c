/* SPDX-License-Identifier: MIT */
#include "state/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"

/* FNV-1a, 64 bits: against damage, not against people; those cannot write here. */
static const uint64_t fnv_start = UINT64_C(0xcbf29ce484222325);

static uint64_t fnv(uint64_t hash, const void *data, size_t size)
{
	const uint8_t *p = data;

	while (size-- > 0)
		hash = (hash ^ *p++) * UINT64_C(0x100000001b3);
	return hash;
}

/* All but the room for directories that there are not: it is large, and this is on a login's way. */
static uint64_t head_sum(const struct set_record *head)
{
	const size_t begin = offsetof(struct set_record, boot_id);
	const size_t dirs = offsetof(struct set_record, dirs);
	const size_t behind = dirs + sizeof(head->dirs);
	uint64_t sum = fnv(fnv_start, (const char *)head + begin,
			   dirs + head->dir_count * sizeof(head->dirs[0]) - begin);

	return fnv(sum, (const char *)head + behind, sizeof(*head) - behind);
}

static uint64_t slot_sum(const struct session_record *s)
{
	size_t skip = offsetof(struct session_record, id);

	return fnv(fnv_start, (const char *)s + skip, sizeof(*s) - skip);
}

static void record_name(char buf[24], uint64_t id)
{
	(void)snprintf(buf, 24, "%" PRIu64, id); /* 20 digits at most */
}

bool record_is_sound(const struct set_record *head, uint64_t id)
{
	if (memcmp(head->magic, RECORD_MAGIC, sizeof(head->magic)) != 0 ||
	    head->version != RECORD_VERSION || head->size != sizeof(*head))
		return false;
	if (head->dir_count > RECORD_DIRS || head->checksum != head_sum(head) || head->id != id ||
	    id == 0)
		return false;
	if (head->kinds >= ns_bit(NS_KIND_MAX) || (head->missing & head->kinds))
		return false;
	for (uint32_t i = 0; i < head->dir_count; i++)
		if (!text_is_terminated(head->dirs[i].path, sizeof(head->dirs[i].path)))
			return false;
	return text_is_terminated(head->on_end.run, sizeof(head->on_end.run)) &&
	       text_is_terminated(head->boot_id, sizeof(head->boot_id)) &&
	       text_is_terminated(head->policy, sizeof(head->policy)) &&
	       text_is_terminated(head->user, sizeof(head->user)) &&
	       text_is_terminated(head->hostname, sizeof(head->hostname)) &&
	       text_is_terminated(head->rule, sizeof(head->rule));
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

	memcpy(head->magic, RECORD_MAGIC, sizeof(head->magic));
	head->version = RECORD_VERSION;
	head->size = sizeof(*head);
	head->checksum = head_sum(head);
	all = malloc(size);
	if (!all)
		return -ENOMEM;
	memcpy(all, head, sizeof(*head));
	for (unsigned i = 0; i < count; i++) {
		slots[i].checksum = slot_sum(&slots[i]);
		memcpy(all + sizeof(*head) + i * sizeof(*slots), &slots[i], sizeof(*slots));
	}
	record_name(name, head->id);
	r = path_write_file(sets_fd, name, 0600, all, size);
	if (r < 0)
		return r;
	fd = openat(sets_fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int record_open(int sets_fd, uint64_t id, struct set_record *ret)
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
	if (st.st_size > (off_t)(sizeof(*ret) + RECORD_SLOTS_MAX * sizeof(struct session_record)))
		return -EBADMSG;
	if (fd_read_all(fd, ret, sizeof(*ret)) != (ssize_t)sizeof(*ret))
		return -EBADMSG;
	if (memcmp(ret->magic, RECORD_MAGIC, sizeof(ret->magic)) != 0)
		return -EBADMSG;
	if (ret->version != RECORD_VERSION || ret->size != sizeof(*ret))
		return -EPROTO;
	return record_is_sound(ret, id) ? nsi_take_fd(&fd) : -EBADMSG;
}

static off_t slot_offset(unsigned slot)
{
	return (off_t)(sizeof(struct set_record) + (size_t)slot * sizeof(struct session_record));
}

int record_write_slot(int fd, unsigned slot, struct session_record *s)
{
	ssize_t n;

	s->checksum = slot_sum(s);
	do
		n = pwrite(fd, s, sizeof(*s), slot_offset(slot));
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
		n = pread(fd, ret, sizeof(*ret), slot_offset(slot));
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : 0;
	if (n != (ssize_t)sizeof(*ret) || ret->checksum != slot_sum(ret))
		return -EBADMSG;
	if (ret->state >= SLOT_STATE_MAX ||
	    !text_is_terminated(ret->service, sizeof(ret->service)) ||
	    !text_is_terminated(ret->tty, sizeof(ret->tty)) ||
	    !text_is_terminated(ret->cgroup, sizeof(ret->cgroup)))
		return -EBADMSG;
	return 1;
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
	NSI_AUTO_FD int fd = openat(sets_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_DIR DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!dir)
		return -errno;
	(void)nsi_take_fd(&fd); /* the stream's now */
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

static int found_one(void *arg, const char *name, uint64_t id)
{
	(void)arg;
	(void)name;
	return id ? 1 : 0;
}

bool record_any(int sets_fd)
{
	return record_each(sets_fd, found_one, NULL) > 0;
}

/* path_write_file() names what it writes ".NAME.new" until it is whole. */
static bool is_unfinished(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && name[0] == '.' && strspn(name + 1, "0123456789") == len - 5 &&
	       strcmp(name + len - 4, ".new") == 0;
}

void record_tidy(int sets_fd)
{
	NSI_AUTO_FD int fd = openat(sets_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	NSI_AUTO_DIR DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!dir)
		return;         /* record_each() will say so */
	(void)nsi_take_fd(&fd); /* the stream's now */
	while ((e = readdir(dir)) != NULL)
		if (is_unfinished(e->d_name))
			(void)unlinkat(sets_fd, e->d_name, 0); /* nobody reads it if it stays */
}
