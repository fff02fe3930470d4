/* SPDX-License-Identifier: MIT */
#include "sweep/remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/path.h"
#include "base/text.h"

/* A removal that is under way. */
struct removal {
	int top;              /* the directory that becomes empty */
	uint64_t deadline_us; /* 0: none */
	bool late;
	uint64_t serial; /* of the name of what is lifted next */
	struct remove_count *count;
};

static bool remove_is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void remove_note_stuck(struct remove_count *count, const char *name)
{
	if (count->stuck++ == 0)
		(void)text_escape(count->first_stuck, sizeof(count->first_stuck), name);
}

/*
 * Who has a descriptor of a directory, or works in it, goes on making files there: no more, once
 * it is root's and nobody else's.  Where that fails, there is still the deadline.
 */
static void remove_seal_dir(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 ||
	    (st.st_uid == 0 && st.st_gid == 0 && (st.st_mode & 07777) == 0700))
		return;
	if (fchown(fd, 0, 0) < 0 || fchmod(fd, 0700) < 0)
		return;
}

/* Asked behind each thing that is removed, never before: so each call gets on. */
static bool remove_is_late(struct removal *rm)
{
	rm->late = rm->late || (rm->deadline_us && clock_now_us() >= rm->deadline_us);
	return rm->late;
}

/* Moves a directory up to the top, under a name that nothing there has. */
static int remove_lift(struct removal *rm, int dirfd, const char *name)
{
	char to[32];

	for (;;) {
		text_fmt(to, sizeof(to), "lifted-%" PRIu64, rm->serial++);
		if (renameat2(dirfd, name, rm->top, to, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
}

/* One entry of a directory: gone, or lifted. */
static void remove_clear_entry(struct removal *rm, int dirfd, const char *name)
{
	if (unlinkat(dirfd, name, 0) == 0 || unlinkat(dirfd, name, AT_REMOVEDIR) == 0) {
		rm->count->removed++;
		return;
	}
	if (errno == ENOENT) /* by the sweeper of a helper that was killed */
		return;
	if ((errno == ENOTEMPTY || errno == EEXIST) && remove_lift(rm, dirfd, name) == 0)
		return;
	remove_note_stuck(rm->count, name);
}

/* Empties the directory @name of the top, and removes it. */
static void remove_clear_dir(struct removal *rm, const char *name)
{
	NSI_AUTO_DIR DIR *dir = path_list(rm->top, name);
	struct dirent *e;

	if (!dir) {
		if (errno != ENOENT)
			remove_note_stuck(rm->count, name);
		return;
	}
	remove_seal_dir(dirfd(dir));
	/* readdir(3) may skip entries while others are removed; the next round finds them. */
	while ((e = readdir(dir)) != NULL) {
		if (remove_is_dots(e->d_name))
			continue;
		remove_clear_entry(rm, dirfd(dir), e->d_name);
		if (remove_is_late(rm))
			break;
	}
	if (unlinkat(rm->top, name, AT_REMOVEDIR) == 0)
		rm->count->removed++;
}

/* One pass over the top.  Returns how much it got rid of, 0 if the time is up, or -errno. */
static int64_t remove_pass(struct removal *rm)
{
	NSI_AUTO_DIR DIR *dir = path_list(rm->top, ".");
	uint64_t before = rm->count->removed + rm->serial;
	struct dirent *e;

	if (!dir)
		return -errno;
	while (errno = 0, (e = readdir(dir)) != NULL) {
		if (remove_is_dots(e->d_name))
			continue;
		if (unlinkat(rm->top, e->d_name, 0) == 0)
			rm->count->removed++;
		else
			remove_clear_dir(rm, e->d_name); /* counted there */
		if (remove_is_late(rm))
			return 0;
	}
	if (errno)
		return -errno;
	return (int64_t)(rm->count->removed + rm->serial - before);
}

int remove_below(int top, uint64_t deadline_us, struct remove_count *count)
{
	struct removal rm = {.top = top, .deadline_us = deadline_us, .count = count};
	int64_t progress;

	*count = (struct remove_count){0};
	remove_seal_dir(top);
	do {
		count->stuck = 0; /* the last pass counts them again */
		progress = remove_pass(&rm);
	} while (progress > 0);
	if (progress < 0)
		return (int)progress;
	/* A call that has removed nothing in its time is stuck: another would do no better. */
	return rm.late && count->removed + rm.serial > 0 ? REMOVE_LATE : 0;
}
