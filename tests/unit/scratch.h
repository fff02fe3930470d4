/* SPDX-License-Identifier: MIT */
/* A directory of a test's own, with files in it. */
#ifndef NSI_TEST_SCRATCH_H
#define NSI_TEST_SCRATCH_H

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
	char top[64];
};

static inline int scratch_make_below(struct scratch *s, const char *dir)
{
	(void)snprintf(s->top, sizeof(s->top), "%s/nsi-test-XXXXXX", dir);
	return mkdtemp(s->top) ? 0 : -errno;
}

static inline int scratch_make(struct scratch *s)
{
	return scratch_make_below(s, "/tmp");
}

static inline int scratch_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void scratch_done(struct scratch *s)
{
	(void)nftw(s->top, scratch_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of @name in the directory; one at a time for each @slot below 8. */
static inline const char *scratch_path(const struct scratch *s, unsigned slot, const char *name)
{
	static char buf[8][256];

	(void)snprintf(buf[slot], sizeof(buf[slot]), "%s/%s", s->top, name);
	return buf[slot];
}

/* Writes a file, with the directories on the way to it. */
static inline int scratch_write(const struct scratch *s, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", s->top, name);
	for (char *slash = strchr(path + strlen(s->top) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	f = fopen(path, "we");
	if (!f)
		return -errno;
	(void)fputs(text, f);
	return fclose(f);
}

#endif /* NSI_TEST_SCRATCH_H */
