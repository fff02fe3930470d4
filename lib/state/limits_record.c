/* SPDX-License-Identifier: MIT */
#include "state/limits_record.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"

#define FIELD(member)                                               \
	{                                                           \
#member, offsetof(struct limits_record, member),    \
			sizeof(((struct limits_record *)0)->member) \
	}

static const struct limits_field {
	const char *name;
	size_t offset;
	size_t size;
} fields[] = {
	FIELD(group), FIELD(unit), FIELD(tasks), FIELD(memory), FIELD(cpu), FIELD(kept),
};

enum {
	FIELDS = sizeof(fields) / sizeof(fields[0])
};

static int limits_read_line(const char *line, struct limits_record *ret)
{
	size_t len = strcspn(line, "=");

	for (int i = 0; i < FIELDS && line[len] == '='; i++) {
		if (strlen(fields[i].name) == len && strncmp(fields[i].name, line, len) == 0)
			return text_copy((char *)ret + fields[i].offset, fields[i].size,
					 line + len + 1);
	}
	return -EBADMSG;
}

int limits_read(int dir_fd, const char *name, struct limits_record *ret)
{
	struct limits_record rec = {.group = ""};
	char text[1024], *rest = text;
	ssize_t n = fd_read_file(dir_fd, name, text, sizeof(text));

	if (n < 0)
		return (int)n;
	for (const char *line; (line = strsep(&rest, "\n"));) {
		if (*line && limits_read_line(line, &rec) < 0)
			return -EBADMSG;
	}
	*ret = rec;
	return 0;
}

int limits_write(int dir_fd, const char *name, const struct limits_record *rec)
{
	char text[1024];
	size_t used = 0;

	for (int i = 0; i < FIELDS; i++) {
		const char *value = (const char *)rec + fields[i].offset;

		if (*value)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s=%s\n",
						 fields[i].name, value);
		if (used >= sizeof(text))
			return -ENAMETOOLONG;
	}
	return path_write_file(dir_fd, name, 0600, text, used);
}

void limits_name(char buf[LIMITS_NAME], uint64_t set, uint32_t uid)
{
	if (set)
		text_fmt(buf, LIMITS_NAME, "s%" PRIu64, set);
	else
		text_fmt(buf, LIMITS_NAME, "u%" PRIu32, uid);
}
