/* SPDX-License-Identifier: MIT */
/* The files of a configuration: which there are, and the text of each in one coherent version */
#include "policy/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "policy/draft.h"

struct dropin {
	char name[NAME_MAX + 1];
	char dir[PATH_MAX];
	bool is_mask;
	bool is_draft; /* the file has POL_DRAFT_SUFFIX behind its name */
};

/* The drop-ins of all directories; a later directory replaces a name of an earlier one. */
struct dropins {
	struct draft *d;
	unsigned flags;
	struct dropin *rows; /* FILES_DROPINS_MAX + 1 of them */
	size_t count;
};

void files_done(struct file_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->rows[i].path);
	free(list->rows);
	*list = (struct file_list){0};
}

int files_dropin_dir(const char *config, char *buf, size_t size)
{
	static const char suffix[] = ".conf";
	size_t len = strlen(config), stem = len;
	int n;

	if (len > sizeof(suffix) - 1 && strcmp(config + len - (sizeof(suffix) - 1), suffix) == 0)
		stem = len - (sizeof(suffix) - 1);
	n = snprintf(buf, size, "%.*s.d", (int)stem, config);
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

bool files_is_dropin(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > 5 && strcmp(name + len - 5, ".conf") == 0;
}

static void files_error(struct draft *d, const char *path, const char *text)
{
	draft_error(d, (struct pol_where){draft_text(d, path), 0}, "%s", text);
}

/* The ways to say "there is nothing": an empty file, a link to /dev/null. */
static bool files_is_mask(int dirfd, const char *name)
{
	char target[sizeof("/dev/null")];
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false; /* reading it will say why */
	if (S_ISREG(st.st_mode))
		return st.st_size == 0;
	if (!S_ISLNK(st.st_mode))
		return false;
	return readlinkat(dirfd, name, target, sizeof(target)) == sizeof(target) - 1 &&
	       memcmp(target, "/dev/null", sizeof(target) - 1) == 0;
}

static struct dropin *files_find_row(struct dropins *all, const char *name)
{
	for (size_t i = 0; i < all->count; i++) {
		if (strcmp(all->rows[i].name, name) == 0)
			return &all->rows[i];
	}
	return all->count <= FILES_DROPINS_MAX ? &all->rows[all->count++] : NULL;
}

static void files_add_dropin(struct dropins *all, int dirfd, const char *dir, const char *name)
{
	struct dropin *row = files_find_row(all, name);

	if (!row)
		return; /* one too many, which files_find() says */
	(void)text_copy(row->name, sizeof(row->name), name); /* d_name is no longer */
	(void)text_copy(row->dir, sizeof(row->dir), dir);    /* nor is a path */
	row->is_mask = files_is_mask(dirfd, name);
}

static int files_open_dir(const char *dir, unsigned flags, struct nsi_fail *f)
{
	const int how = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd;

	if (!(flags & POL_LOAD_UNTRUSTED))
		return path_open_trusted(dir, how, PATH_ROOT_OWNED, f);
	fd = open(dir, how);
	return fd >= 0 ? fd : fail_errno(f, errno, "cannot open %s", dir);
}

/* Takes in the drop-ins of one configuration file; that there is no directory is fine. */
static void files_list_dropins(struct dropins *all, const char *config)
{
	struct nsi_fail f = {0};
	NSI_AUTO_DIR DIR *stream = NULL;
	char dir[PATH_MAX];
	struct dirent *e;
	int fd;

	if (files_dropin_dir(config, dir, sizeof(dir)) < 0) {
		files_error(all->d, config, "the path is too long");
		return;
	}
	fd = files_open_dir(dir, all->flags, &f);
	if (fd == -ENOENT)
		return;
	stream = fd >= 0 ? fdopendir(fd) : NULL;
	if (!stream) {
		nsi_closep(&fd);
		files_error(all->d, dir, f.what[0] ? f.what : "cannot be listed");
		return;
	}
	errno = 0;
	while ((e = readdir(stream))) {
		if (files_is_dropin(e->d_name))
			files_add_dropin(all, fd, dir, e->d_name);
		errno = 0;
	}
	if (errno != 0)
		files_error(all->d, dir, "cannot be listed");
}

static int files_by_name(const void *a, const void *b)
{
	const struct dropin *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The draft of a drop-in takes the place of the file itself, which need not be there yet. */
static void files_add_draft(struct dropins *all, const struct pol_sources *sources)
{
	char dir[PATH_MAX];
	struct dropin *row = NULL;

	if (files_dropin_dir(sources->config, dir, sizeof(dir)) == 0)
		row = files_find_row(all, sources->draft);
	if (!row)
		return; /* files_list_dropins() or files_find() says why */
	(void)text_copy(row->name, sizeof(row->name), sources->draft);
	(void)text_copy(row->dir, sizeof(row->dir), dir);
	row->is_mask = false;
	row->is_draft = true;
}

static int files_add(struct file_list *list, const char *dir, const char *name, const char *suffix,
		     bool is_main)
{
	struct file *row = &list->rows[list->count];

	if (asprintf(&row->path, "%s%s%s%s", dir, *dir ? "/" : "", name, suffix) < 0)
		return -ENOMEM;
	row->is_main = is_main;
	list->count++;
	return 0;
}

/* Only ENOENT and its like mean "absent": a file that stat(2) cannot reach is an error later. */
static bool files_is_absent(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

static int files_fill(struct file_list *list, const struct pol_sources *sources,
		      const struct dropins *all)
{
	const char *vendor =
		sources->vendor && !files_is_absent(sources->vendor) ? sources->vendor : NULL;
	const char *file = files_is_absent(sources->config) ? vendor : sources->config;
	int r = file ? files_add(list, "", file, "", true) : 0;

	for (size_t i = 0; r == 0 && i < all->count && i < FILES_DROPINS_MAX; i++) {
		if (!all->rows[i].is_mask)
			r = files_add(list, all->rows[i].dir, all->rows[i].name,
				      all->rows[i].is_draft ? POL_DRAFT_SUFFIX : "", false);
	}
	return r;
}

int files_find(struct draft *d, const struct pol_sources *sources, unsigned flags,
	       struct file_list *ret)
{
	NSI_AUTO_FREE struct dropin *rows = calloc(FILES_DROPINS_MAX + 1, sizeof(*rows));
	struct dropins all = {.d = d, .flags = flags, .rows = rows};

	ret->rows = calloc(FILES_DROPINS_MAX + 1, sizeof(ret->rows[0]));
	if (!rows || !ret->rows)
		return -ENOMEM;
	if (sources->vendor && !(flags & POL_LOAD_NO_DROPINS))
		files_list_dropins(&all, sources->vendor);
	if (!(flags & POL_LOAD_NO_DROPINS))
		files_list_dropins(&all, sources->config);
	if (sources->draft)
		files_add_draft(&all, sources);
	if (all.count > FILES_DROPINS_MAX)
		files_error(d, sources->config, "there are more than 64 drop-ins");
	qsort(rows, all.count, sizeof(rows[0]), files_by_name);
	if (files_fill(ret, sources, &all) < 0)
		return -ENOMEM;
	if (ret->count == 0)
		files_error(d, sources->config, "there is no such file, and no drop-in");
	return 0;
}

/* Somebody who saves again and again may not keep a login waiting. */
enum {
	TRIES = 3
};

static int files_open(const char *path, unsigned flags, struct nsi_fail *f)
{
	/* O_NONBLOCK: a FIFO must not hang us before fstat(2) says that it is one. */
	const int how = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd;

	if (!(flags & POL_LOAD_UNTRUSTED))
		return path_open_trusted(path, how, PATH_ROOT_OWNED, f);
	fd = open(path, how);
	return fd >= 0 ? fd : fail_errno(f, errno, "cannot open %s", path);
}

static int files_look(int fd, struct stat *st, struct nsi_fail *f)
{
	if (fstat(fd, st) < 0)
		return fail_errno(f, errno, "cannot be looked at");
	if (!S_ISREG(st->st_mode))
		return fail_set(f, EINVAL, "is not a regular file");
	if (st->st_size > FILES_SIZE_MAX)
		return fail_set(f, E2BIG, "is larger than %d MiB", FILES_SIZE_MAX >> 20);
	return 0;
}

static bool files_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Returns 0, -EAGAIN if the file changed meanwhile, or another -errno. */
static int files_read_once(int fd, char **ret, size_t *ret_size, struct nsi_fail *f)
{
	NSI_AUTO_FREE char *text = NULL;
	struct stat before, after;
	ssize_t got;
	int r = files_look(fd, &before, f);

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
	r = files_look(fd, &after, f);
	if (r < 0)
		return r;
	if (got != before.st_size || !files_is_same(&before, &after))
		return -EAGAIN;
	text[got++] = '\n'; /* libconfig 1.5 takes no comment that ends with the file */
	text[got] = '\0';
	*ret = nsi_take_ptr(&text);
	*ret_size = (size_t)got;
	return 0;
}

int files_read(const char *path, unsigned flags, char **ret, size_t *ret_size, struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = files_open(path, flags, f);
	int r = -EAGAIN;

	if (fd < 0)
		return fd;
	for (int i = 0; r == -EAGAIN && i < TRIES; i++)
		r = files_read_once(fd, ret, ret_size, f);
	return r == -EAGAIN ? fail_set(f, EAGAIN, "keeps changing while it is read") : r;
}
