/* SPDX-License-Identifier: MIT */
#include "sweep/remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/text.h"

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void note_stuck(struct remove_count *count, const char *name)
{
	if (count->stuck++ == 0)
		(void)text_escape(count->first_stuck, sizeof(count->first_stuck), name);
}

/* Moves a directory up into the trash, under a name that nothing there has. */
static int lift(int dirfd, const char *name, int trash_fd, uint64_t *serial)
{
	char to[32];

	for (;;) {
		(void)snprintf(to, sizeof(to), "lifted-%" PRIu64, (*serial)++);
		if (renameat2(dirfd, name, trash_fd, to, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
}

/* One entry of a directory: gone, or lifted.  Returns whether it is out of the directory. */
static bool clear_entry(int dirfd, const char *name, int trash_fd, uint64_t *serial,
			struct remove_count *count)
{
	if (unlinkat(dirfd, name, 0) == 0 || unlinkat(dirfd, name, AT_REMOVEDIR) == 0) {
		count->removed++;
		return true;
	}
	if (errno == ENOENT) /* by the sweeper of a helper that was killed */
		return true;
	if ((errno == ENOTEMPTY || errno == EEXIST) && lift(dirfd, name, trash_fd, serial) == 0)
		return true;
	note_stuck(count, name);
	return false;
}

/* Empties the directory @name of the trash and removes it.  Returns whether it went. */
static bool clear_dir(int trash_fd, const char *name, uint64_t *serial, struct remove_count *count)
{
	NSI_AUTO_DIR DIR *dir = path_list(trash_fd, name);
	struct dirent *e;

	if (!dir) {
		if (errno != ENOENT)
			note_stuck(count, name);
		return false;
	}
	/* readdir(3) may skip entries while others are removed; the next round finds them. */
	while ((e = readdir(dir)) != NULL)
		if (!is_dots(e->d_name))
			(void)clear_entry(dirfd(dir), e->d_name, trash_fd, serial, count);
	if (unlinkat(trash_fd, name, AT_REMOVEDIR) == 0) {
		count->removed++;
		return true;
	}
	return false;
}

/* One pass over the trash.  Returns how much it got rid of, or -errno. */
static int64_t pass(int trash_fd, uint64_t *serial, struct remove_count *count)
{
	NSI_AUTO_DIR DIR *dir = path_list(trash_fd, ".");
	uint64_t before = count->removed + *serial;
	struct dirent *e;

	if (!dir)
		return -errno;
	while (errno = 0, (e = readdir(dir)) != NULL) {
		if (is_dots(e->d_name))
			continue;
		if (unlinkat(trash_fd, e->d_name, 0) == 0)
			count->removed++;
		else
			(void)clear_dir(trash_fd, e->d_name, serial, count); /* counted there */
	}
	if (errno)
		return -errno;
	return (int64_t)(count->removed + *serial - before);
}

int remove_below(int trash_fd, struct remove_count *count)
{
	uint64_t serial = 0;
	int64_t progress;

	*count = (struct remove_count){0};
	do {
		count->stuck = 0; /* what is stuck is met again in the last pass */
		progress = pass(trash_fd, &serial, count);
	} while (progress > 0);
	return progress < 0 ? (int)progress : 0;
}
