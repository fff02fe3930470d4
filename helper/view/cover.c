/* SPDX-License-Identifier: MIT */
#include "view/cover.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"

/* The magic of a file: another layout of the rows gets another one. */
static const char cover_magic[] = {'N', 'S', 'I', 'V', 'I', 'E', 'W', '2'};
static const char cover_file[] = "view";

int cover_list_add(struct cover_list *list, const struct cover_row *row, const char *path,
		   const char *source, const char *users)
{
	const size_t path_size = strlen(path) + 1, source_size = strlen(source) + 1;
	const size_t users_size = users ? strlen(users) + 1 : 1;
	size_t size = sizeof(*row) + path_size + source_size + users_size;
	struct cover_row *to;
	char *grown;

	size = (size + 7) & ~(size_t)7;
	if (list->size + size > COVERS_SIZE_MAX || path_size > UINT16_MAX)
		return -E2BIG;
	grown = realloc(list->data, list->size + size);
	if (!grown)
		return -ENOMEM;
	list->data = grown;
	to = (struct cover_row *)(void *)(grown + list->size);
	memset(to, 0, size);
	*to = *row;
	to->size = (uint32_t)size;
	to->source = (uint16_t)path_size;
	memcpy(to->text, path, path_size);
	memcpy(to->text + path_size, source, source_size);
	if (users)
		memcpy(to->text + path_size + source_size, users, users_size);
	list->size += size;
	return 0;
}

const struct cover_row *cover_list_next(const struct cover_list *list, const struct cover_row *row)
{
	const char *at = row ? (const char *)row + row->size : list->data;

	return at && at < list->data + list->size ? (const struct cover_row *)(const void *)at
						  : NULL;
}

static int cover_check_row(const struct cover_row *row, size_t left)
{
	const char *users;
	size_t room;

	if (left < sizeof(*row) || row->size < sizeof(*row) + 2 || row->size > left ||
	    row->size % 8 != 0)
		return -EBADMSG;
	room = row->size - sizeof(*row);
	if (row->type >= COVER_TYPE_MAX || row->method >= COVER_METHOD_MAX || row->source >= room ||
	    row->source == 0)
		return -EBADMSG;
	if (row->text[0] != '/' || row->text[row->source - 1] != '\0' ||
	    !(users = memchr(row->text + row->source, '\0', room - row->source)))
		return -EBADMSG;
	room -= (size_t)(++users - row->text);
	return room > 0 && memchr(users, '\0', room) ? 0 : -EBADMSG;
}

int cover_list_check(const struct cover_list *list)
{
	size_t at = 0;
	unsigned count = 0;

	while (at < list->size) {
		const struct cover_row *row =
			(const struct cover_row *)(const void *)(list->data + at);

		if (++count > COVERS_MAX || cover_check_row(row, list->size - at) < 0)
			return -EBADMSG;
		at += row->size;
	}
	return 0;
}

int cover_list_save(const struct cover_list *list, int dir)
{
	const size_t size = sizeof(cover_magic) + list->size;
	NSI_AUTO_FREE char *block = malloc(size);

	if (!block)
		return -ENOMEM;
	memcpy(block, cover_magic, sizeof(cover_magic));
	if (list->size)
		memcpy(block + sizeof(cover_magic), list->data, list->size);
	return path_write_file(dir, cover_file, 0600, block, size);
}

int cover_list_load(struct cover_list *ret, int dir)
{
	NSI_AUTO_FD int fd = path_open(dir, cover_file, O_RDONLY | O_NOFOLLOW, PATH_XDEV_NO);
	NSI_AUTO_FREE char *block = NULL;
	struct cover_list list;
	struct stat st;
	size_t size;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fd < 0 ? fd : -errno;
	if (!S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof(cover_magic) ||
	    st.st_size > COVERS_SIZE_MAX)
		return -EBADMSG;
	size = (size_t)st.st_size;
	block = malloc(size);
	if (!block)
		return -ENOMEM;
	if (fd_read_all(fd, block, size) != (ssize_t)size ||
	    memcmp(block, cover_magic, sizeof(cover_magic)) != 0)
		return -EBADMSG;
	list.size = size - sizeof(cover_magic);
	memmove(block, block + sizeof(cover_magic), list.size);
	list.data = block;
	if (cover_list_check(&list) < 0)
		return -EBADMSG;
	block = NULL;
	*ret = list;
	return 0;
}

void cover_list_done(struct cover_list *list)
{
	free(list->data);
	*list = (struct cover_list){0};
}

/* Whether the account @name has this uid; one that is not known has none. */
static bool cover_kept_is_user(const char *name, uid_t uid)
{
	struct passwd pw, *found = NULL;
	char buf[16384];

	return getpwnam_r(name, &pw, buf, sizeof(buf), &found) == 0 && found &&
	       found->pw_uid == uid;
}

bool kept_is_trusted(const struct stat *st, const char *users)
{
	if (S_ISDIR(st->st_mode) || st->st_uid == 0)
		return st->st_uid == 0 && (S_ISDIR(st->st_mode) || S_ISSOCK(st->st_mode));
	if (!S_ISSOCK(st->st_mode))
		return false;
	while (*users) {
		const size_t size = strcspn(users, ",");
		char name[256];

		text_fmt(name, sizeof(name), "%.*s", (int)size, users);
		if (cover_kept_is_user(name, st->st_uid))
			return true;
		users += size + (users[size] == ',');
	}
	return false;
}

int kept_make_place(int mount, int instance, const char *name, struct nsi_fail *f)
{
	NSI_AUTO_FD int target = -EBADF;
	struct stat want, st;
	int r;

	if (fstat(mount, &want) < 0)
		return fail_errno(f, errno, "cannot look at %s", name);
	if (S_ISDIR(want.st_mode))
		r = mkdirat(instance, name, 01777) < 0 ? -errno : 0;
	else
		r = mknodat(instance, name, S_IFREG, 0) < 0 ? -errno : 0;
	if (r < 0 && r != -EEXIST)
		return fail_errno(f, r, "cannot make a place for %s", name);
	target = path_open(instance, name, O_PATH | O_NOFOLLOW, PATH_ANY);
	if (target < 0 || fstat(target, &st) < 0)
		return fail_errno(f, target < 0 ? target : errno, "cannot open %s", name);
	if (S_ISDIR(want.st_mode) != S_ISDIR(st.st_mode))
		return fail_errno(f, S_ISDIR(st.st_mode) ? EISDIR : ENOTDIR, "cannot cover %s",
				  name);
	return nsi_take_fd(&target);
}
