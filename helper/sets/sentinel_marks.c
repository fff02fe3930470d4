/* SPDX-License-Identifier: MIT */
#include "sets/sentinel_marks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "host/service.h"
#include "priv/priv.h"

enum {
	MARK_MINOR_BITS = 20 /* of a device number in the kernel */
};

#define MARK_INSTANCE SERVICE_KEPT "sentinels-"

bool sentinel_parse_mark(const char *line, struct sentinel_mark *ret)
{
	unsigned long dev;
	unsigned wd;

	if (sscanf(line, "inotify wd:%x ino:%*x sdev:%lx ", &wd, &dev) != 2 || wd > INT32_MAX)
		return false;
	ret->wd = (int)wd;
	ret->dev = makedev((unsigned)(dev >> MARK_MINOR_BITS),
			   (unsigned)(dev & ((1UL << MARK_MINOR_BITS) - 1)));
	return true;
}

static int mark_compare(const void *a, const void *b)
{
	const struct sentinel_mark *x = a, *y = b;

	return x->wd < y->wd ? -1 : x->wd > y->wd;
}

static int mark_add(struct sentinel_marks *marks, const struct sentinel_mark *mark)
{
	if (marks->count == marks->room) {
		const unsigned room = marks->room ? marks->room * 2 : 64;
		struct sentinel_mark *all = realloc(marks->all, room * sizeof(*all));

		if (!all)
			return -ENOMEM;
		marks->all = all;
		marks->room = room;
	}
	marks->all[marks->count++] = *mark;
	return 0;
}

int sentinel_read_marks(int fd, struct sentinel_marks *ret)
{
	NSI_AUTO_FILE FILE *file = NULL;
	NSI_AUTO_FREE char *line = NULL;
	struct sentinel_mark mark;
	char path[40];
	size_t room = 0;
	int r = 0;

	ret->count = 0;
	text_fmt(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	priv_raise(); /* the helper is not dumpable: its own /proc entries are root's to see */
	file = fopen(path, "re");
	if (!file)
		r = -errno;
	while (r == 0 && getline(&line, &room, file) > 0)
		if (sentinel_parse_mark(line, &mark))
			r = mark_add(ret, &mark);
	if (r == 0 && !feof(file)) /* or no memory for a line: the rest is not known */
		r = -EIO;
	priv_lower();
	if (ret->count)
		qsort(ret->all, ret->count, sizeof(mark), mark_compare);
	return r;
}

const struct sentinel_mark *sentinel_find_mark(const struct sentinel_marks *marks, int wd)
{
	const struct sentinel_mark key = {.wd = wd};

	return marks->count ? bsearch(&key, marks->all, marks->count, sizeof(key), mark_compare)
			    : NULL;
}

void sentinel_free_marks(struct sentinel_marks *marks)
{
	free(marks->all);
	*marks = (struct sentinel_marks){0};
}

/* Whether @fd is an inotify instance, and this process reads its reports without waiting. */
static bool mark_is_instance(int fd)
{
	static const char want[] = "anon_inode:inotify";
	char path[40], kind[sizeof(want)] = "";

	text_fmt(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, kind, sizeof(kind)) == sizeof(want) - 1 &&
	       memcmp(kind, want, sizeof(want) - 1) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

/* Returns the instance that an earlier helper has left, or -ENOENT, and its name either way. */
static int mark_take_instance(char name[SERVICE_NAME], uint64_t *ret_id)
{
	int fd = service_kept(MARK_INSTANCE, name);
	bool is_sound;

	if (fd < 0)
		return fd;
	priv_raise();
	is_sound = mark_is_instance(fd);
	priv_lower();
	if (is_sound && sscanf(name + strlen(MARK_INSTANCE), "%16" SCNx64, ret_id) == 1 && *ret_id)
		return fd;
	nsi_closep(&fd);
	return -ENOENT;
}

int sentinel_open_instance(bool is_service, uint64_t *ret_id)
{
	char former[SERVICE_NAME] = "", name[SERVICE_NAME];
	int fd = is_service ? mark_take_instance(former, ret_id) : -ENOENT;

	if (fd >= 0)
		return fd;
	fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (getrandom(ret_id, sizeof(*ret_id), GRND_NONBLOCK) != sizeof(*ret_id))
		*ret_id = 0; /* early in a boot: sets are known by numbers */
	text_fmt(name, sizeof(name), MARK_INSTANCE "%016" PRIx64, *ret_id);
	if (is_service && *ret_id)
		service_keep(fd, name, former);
	return fd;
}
