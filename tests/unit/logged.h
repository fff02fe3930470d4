/* SPDX-License-Identifier: MIT */
/* Text of the lines that a function logs. */
#ifndef NSI_TEST_LOGGED_H
#define NSI_TEST_LOGGED_H

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "log/log.h"

/* Where the standard error output of the test goes meanwhile, and where the log does. */
struct logged {
	int before, text;
};

/* From here on the log lines of this process go into @l.  Its children have a log of their own. */
static inline void logged_begin(struct logged *l)
{
	l->before = dup(STDERR_FILENO);
	l->text = memfd_create("log", MFD_CLOEXEC);
	(void)dup2(l->text, STDERR_FILENO);
	log_open(true);
}

/* Returns all of it, to be read until the next call. */
static inline const char *logged_end(struct logged *l)
{
	static char text[16384];
	ssize_t n = pread(l->text, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	(void)dup2(l->before, STDERR_FILENO);
	(void)close(l->before);
	(void)close(l->text);
	return text;
}

#endif /* NSI_TEST_LOGGED_H */
