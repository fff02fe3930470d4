/* SPDX-License-Identifier: MIT */
#include "base/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/text.h"

int mountinfo_open(struct mountinfo_table *t, int pid)
{
	char path[40];

	if (pid == 0)
		text_fmt(path, sizeof(path), "/proc/self/mountinfo");
	else
		text_fmt(path, sizeof(path), "/proc/%d/mountinfo", pid);
	return mountinfo_open_at(t, AT_FDCWD, path);
}

int mountinfo_open_at(struct mountinfo_table *t, int dirfd, const char *path)
{
	NSI_AUTO_FD int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);

	*t = (struct mountinfo_table){0};
	t->file = fd < 0 ? NULL : fdopen(fd, "r");
	if (!t->file)
		return -errno;
	(void)nsi_take_fd(&fd); /* the stream's now */
	return 0;
}

bool mountinfo_has_dev(const struct mountinfo *m, dev_t dev)
{
	char text[24];

	text_fmt(text, sizeof(text), "%u:%u", major(dev), minor(dev));
	return strcmp(m->device, text) == 0;
}

/* In place; the kernel writes space, tab, newline, backslash and "#" as three octal digits. */
static void mountinfo_unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
			*to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* The next word of a line; NULL if there is none.  An empty one is a word, too. */
static char *mountinfo_word(char **rest)
{
	char *word = *rest ? strsep(rest, " ") : NULL;

	if (word)
		mountinfo_unescape(word);
	return word;
}

/* "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG...] - TYPE SOURCE SUPER" */
static bool mountinfo_parse(char *line, struct mountinfo *ret)
{
	char *rest = strstr(line, " - ");

	line[strcspn(line, "\n")] = '\0';
	if (!rest)
		return false;
	*rest = '\0';
	rest += strlen(" - ");
	ret->type = mountinfo_word(&rest);
	ret->source = mountinfo_word(&rest);
	ret->super = mountinfo_word(&rest);
	ret->id = mountinfo_word(&line);
	(void)mountinfo_word(&line); /* the number of the mount that it lies in */
	ret->device = mountinfo_word(&line);
	ret->root = mountinfo_word(&line);
	ret->point = mountinfo_word(&line);
	ret->options = mountinfo_word(&line);
	ret->tags = line ? line : "";
	return ret->super && ret->options;
}

int mountinfo_next(struct mountinfo_table *t, struct mountinfo *ret)
{
	for (;;) {
		errno = 0;
		if (getline(&t->line, &t->room, t->file) < 0)
			return feof(t->file) ? 0 : errno ? -errno : -EIO;
		if (mountinfo_parse(t->line, ret))
			return 1;
	}
}

void mountinfo_done(struct mountinfo_table *t)
{
	if (t->file)
		(void)fclose(t->file); /* was only read */
	free(t->line);
	*t = (struct mountinfo_table){0};
}
