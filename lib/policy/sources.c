/* SPDX-License-Identifier: MIT */
#include "policy/load.h"

#include <errno.h>
#include <nss.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

enum {
	LINE_MAX_SIZE = 1024
};

static void sources_closep(FILE **file)
{
	if (*file)
		(void)fclose(*file); /* it was read alone */
}

static int sources_append(char *buf, size_t size, const char *text, size_t len)
{
	size_t used = strlen(buf);

	if (used + len >= size)
		return -ENAMETOOLONG;
	memcpy(buf + used, text, len);
	buf[used + len] = '\0';
	return 0;
}

/* @given: the text between "[" and "]" behind the source; it comes last, so it prevails. */
static int sources_append_actions(char *buf, size_t size, const char *given, size_t len)
{
	static const char ours[] = " [UNAVAIL=return TRYAGAIN=return ";
	int r = sources_append(buf, size, ours, sizeof(ours) - 1);

	if (r == 0)
		r = sources_append(buf, size, given, len);
	return r == 0 ? sources_append(buf, size, "] ", 2) : r;
}

int sources_add_actions(const char *line, char *buf, size_t size)
{
	int r = 0;

	buf[0] = '\0';
	for (line += strspn(line, " \t\n"); *line && *line != '#' && r == 0;
	     line += strspn(line, " \t\n")) {
		size_t name = strcspn(line, " \t\n[#"), given = 0;

		r = sources_append(buf, size, line, name);
		line += name;
		line += strspn(line, " \t");
		if (*line == '[') {
			given = strcspn(++line, "]");
			r = r == 0 ? sources_append_actions(buf, size, line, given) : r;
			line += given + (line[given] == ']');
		} else {
			r = r == 0 ? sources_append_actions(buf, size, "", 0) : r;
		}
	}
	return r;
}

/* Finds the text behind "group:".  Returns whether there is such a line. */
static bool sources_read_line(char *buf, size_t size)
{
	NSI_CLEANUP(sources_closep) FILE *file = fopen("/etc/nsswitch.conf", "re");
	char line[LINE_MAX_SIZE];

	while (file && fgets(line, sizeof(line), file)) {
		const char *start = line + strspn(line, " \t");

		if (strncmp(start, "group:", strlen("group:")) == 0)
			return snprintf(buf, size, "%s", start + strlen("group:")) < (int)size;
	}
	return false;
}

void sources_stop_at_failure(void)
{
#ifdef __GLIBC__
	char line[LINE_MAX_SIZE], actions[4 * LINE_MAX_SIZE];

	/* glibc keeps what it makes of the text, not the text (nss/nsswitch.c). */
	if (sources_read_line(line, sizeof(line)) &&
	    sources_add_actions(line, actions, sizeof(actions)) == 0 && actions[0])
		(void)__nss_configure_lookup("group", actions); /* else it is as it was */
#endif
}
