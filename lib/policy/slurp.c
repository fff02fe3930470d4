/* SPDX-License-Identifier: MIT */
/* The reading of a file in one coherent version */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "policy/files.h"

/* Somebody who saves again and again may not keep a login waiting. */
enum {
	TRIES = 3
};

static int slurp_open(const char *path, unsigned flags, struct nsi_fail *f)
{
	/* O_NONBLOCK: a FIFO must not hang us before fstat(2) says that it is one. */
	const int how = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd;

	if (!(flags & POL_LOAD_UNTRUSTED))
		return path_open_trusted(path, how, PATH_ROOT_OWNED, f);
	fd = open(path, how);
	return fd >= 0 ? fd : fail_errno(f, errno, "cannot open %s", path);
}

static int slurp_look(int fd, struct stat *st, struct nsi_fail *f)
{
	if (fstat(fd, st) < 0)
		return fail_errno(f, errno, "cannot be looked at");
	if (!S_ISREG(st->st_mode))
		return fail_set(f, EINVAL, "is not a regular file");
	if (st->st_size > FILES_SIZE_MAX)
		return fail_set(f, E2BIG, "is larger than %d MiB", FILES_SIZE_MAX >> 20);
	return 0;
}

static bool slurp_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Returns 0, -EAGAIN if the file changed meanwhile, or another -errno. */
static int slurp_read_once(int fd, char **ret, size_t *ret_size, struct nsi_fail *f)
{
	NSI_AUTO_FREE char *text = NULL;
	struct stat before, after;
	ssize_t got;
	int r = slurp_look(fd, &before, f);

	if (r < 0)
		return r;
	text = malloc((size_t)before.st_size + 3);
	if (!text)
		return -ENOMEM;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return fail_errno(f, errno, "cannot be read");
	got = fd_read_all(fd, text, (size_t)before.st_size + 1); /* one more shows growth */
	if (got < 0)
		return fail_errno(f, (int)got, "cannot be read");
	r = slurp_look(fd, &after, f);
	if (r < 0)
		return r;
	if (got != before.st_size || !slurp_is_same(&before, &after))
		return -EAGAIN;
	text[got++] = '\n'; /* libconfig 1.5 takes no comment that ends with the file */
	text[got] = '\0';
	*ret = nsi_take_ptr(&text);
	*ret_size = (size_t)got;
	return 0;
}

int files_read(const char *path, unsigned flags, char **ret, size_t *ret_size, struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = slurp_open(path, flags, f);
	int r = -EAGAIN;

	if (fd < 0)
		return fd;
	for (int i = 0; r == -EAGAIN && i < TRIES; i++)
		r = slurp_read_once(fd, ret, ret_size, f);
	return r == -EAGAIN ? fail_set(f, EAGAIN, "keeps changing while it is read") : r;
}

size_t utf8_length(const char *text, size_t size)
{
	static const uint32_t least[] = {0, 0, 0xa0, 0x800, 0x10000};
	unsigned char first = size > 0 ? (unsigned char)text[0] : 0xff;
	uint32_t code;
	size_t len;

	if (first < 0x80)
		return 1;
	len = first >= 0xf8 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
	if (len == 0 || len > size)
		return 0;
	code = first & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		unsigned char next = (unsigned char)text[i];

		if ((next & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (next & 0x3f);
	}
	if (code < least[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return len;
}
