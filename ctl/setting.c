/* SPDX-License-Identifier: MIT */
/* One setting in the configuration file of another program */
#include "ctl/doctor.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

enum {
	VALUE_SIZE = 256
};

/* The value of "KEY VALUE" in @line, trimmed in place, or NULL for another line. */
static char *setting_value(char *line, const char *key)
{
	size_t len = strlen(key);
	char *at = line + strspn(line, " \t");

	if (strncasecmp(at, key, len) != 0 || !strchr(" \t=", at[len]))
		return NULL;
	at += len;
	at += strspn(at, " \t=");
	len = strcspn(at, "\r\n");
	while (len > 0 && strchr(" \t", at[len - 1]))
		len--;
	at[len] = '\0';
	return at;
}

static bool setting_find_in(const char *path, const char *key, enum setting_order order, char *ret,
			    size_t size)
{
	NSI_AUTO_FILE FILE *file = fopen(path, "re");
	NSI_AUTO_FREE char *line = NULL;
	bool found = false;
	size_t room = 0;

	while (file && getline(&line, &room, file) >= 0 && !(found && order == SETTING_FIRST)) {
		const char *value = setting_value(line, key);

		if (!value)
			continue;
		text_fmt(ret, size, "%s", value);
		found = true;
	}
	return found;
}

bool setting_find(const char *pattern, const char *key, enum setting_order order, char *ret,
		  size_t size)
{
	glob_t files = {0};
	bool found = false;

	if (glob(pattern, GLOB_BRACE, NULL, &files) == 0)
		for (size_t i = 0; i < files.gl_pathc && !(found && order == SETTING_FIRST); i++)
			found |= setting_find_in(files.gl_pathv[i], key, order, ret, size);
	globfree(&files);
	return found;
}

bool setting_is_on(const char *pattern, const char *key, enum setting_order order)
{
	static const char *const words[] = {"yes", "true", "on", "1"};
	char value[VALUE_SIZE];

	if (!setting_find(pattern, key, order, value, sizeof(value)))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(value, words[i]) == 0)
			return true;
	return false;
}
