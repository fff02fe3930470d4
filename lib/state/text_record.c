/* SPDX-License-Identifier: MIT */
/* Records of texts, those of limits and networks: a line "KEY=VALUE" for each that is not "" */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "state/limits_record.h"
#include "state/net_record.h"

/* A member of a record, an array of char. */
struct text_field {
	const char *key;
	size_t offset;
	size_t size;
};

#define TEXT_FIELD(type, key, member)                                                  \
	{                                                                              \
		key, offsetof(struct type, member), sizeof(((struct type *)0)->member) \
	}

#define TEXT_COUNT(fields)   (sizeof(fields) / sizeof((fields)[0]))

#define LIMITS_FIELD(member) TEXT_FIELD(limits_record, #member, member)

static const struct text_field limits_fields[] = {
	LIMITS_FIELD(group),  LIMITS_FIELD(unit), LIMITS_FIELD(tasks),
	LIMITS_FIELD(memory), LIMITS_FIELD(cpu),  LIMITS_FIELD(kept),
};

#define NET_FIELD(key, member) TEXT_FIELD(net_record, key, member)

static const struct text_field net_fields[] = {
	NET_FIELD("mode", mode),
	NET_FIELD("owner", owner),
	NET_FIELD("index", index),
	NET_FIELD("bridge", bridge),
	NET_FIELD("create", create),
	NET_FIELD("veth", veth),
	NET_FIELD("pool4", pool[NET_V4]),
	NET_FIELD("pool6", pool[NET_V6]),
	NET_FIELD("address4", address[NET_V4]),
	NET_FIELD("address6", address[NET_V6]),
	NET_FIELD("gateway4", gateway[NET_V4]),
	NET_FIELD("gateway6", gateway[NET_V6]),
	NET_FIELD("mtu", mtu),
	NET_FIELD("nat", nat),
	NET_FIELD("isolate_peers", isolate_peers),
	NET_FIELD("peers", peers),
	NET_FIELD("hostname", hostname),
	NET_FIELD("netns", netns),
	NET_FIELD("publish", publish),
	NET_FIELD("ns", ns),
	NET_FIELD("parent", parent),
	NET_FIELD("interfaces", interfaces),
	NET_FIELD("forwards", forwards),
	NET_FIELD("rules", rules),
	NET_FIELD("process", process),
};

/* Returns the length, which is less than @size, or @size if the lines do not fit. */
static size_t text_record_format(const struct text_field *fields, size_t count, const void *rec,
				 char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < count && used < size; i++) {
		const char *value = (const char *)rec + fields[i].offset;

		if (*value)
			used += (size_t)snprintf(buf + used, size - used, "%s=%s\n", fields[i].key,
						 value);
	}
	return used < size ? used : size;
}

/* Returns whether @line has one of the keys, and a value that fits; one that does not is left out. */
static bool text_record_read_line(const struct text_field *fields, size_t count, const char *line,
				  void *rec)
{
	size_t len = strcspn(line, "=");

	for (size_t i = 0; i < count && line[len] == '='; i++)
		if (strlen(fields[i].key) == len && strncmp(fields[i].key, line, len) == 0)
			return text_copy((char *)rec + fields[i].offset, fields[i].size,
					 line + len + 1) >= 0;
	return false;
}

/* Reads all lines that it can; @text is changed.  Returns whether these were all. */
static bool text_record_parse(const struct text_field *fields, size_t count, char *text, void *rec)
{
	bool is_whole = true;

	for (const char *line; (line = strsep(&text, "\n")) != NULL;)
		if (*line && !text_record_read_line(fields, count, line, rec))
			is_whole = false;
	return is_whole;
}

int limits_read(int dir_fd, const char *name, struct limits_record *ret)
{
	struct limits_record rec = {.group = ""};
	char text[1024];
	ssize_t n = fd_read_file(dir_fd, name, text, sizeof(text));

	if (n < 0)
		return (int)n;
	if (!text_record_parse(limits_fields, TEXT_COUNT(limits_fields), text, &rec))
		return -EBADMSG;
	*ret = rec;
	return 0;
}

int limits_write(int dir_fd, const char *name, const struct limits_record *rec)
{
	char text[1024];
	size_t used = text_record_format(limits_fields, TEXT_COUNT(limits_fields), rec, text,
					 sizeof(text));

	return used == sizeof(text) ? -ENAMETOOLONG
				    : path_write_file(dir_fd, name, 0600, text, used);
}

void limits_name(char buf[LIMITS_NAME], uint64_t set, uint32_t uid)
{
	if (set)
		text_fmt(buf, LIMITS_NAME, "s%" PRIu64, set);
	else
		text_fmt(buf, LIMITS_NAME, "u%" PRIu32, uid);
}

size_t net_record_format(const struct net_record *rec, char buf[NET_RECORD_TEXT])
{
	return text_record_format(net_fields, TEXT_COUNT(net_fields), rec, buf, NET_RECORD_TEXT);
}

void net_record_parse(char *text, struct net_record *ret)
{
	*ret = (struct net_record){.mode = ""};
	/* Lines that are left out are of a newer version, and count for nothing. */
	(void)text_record_parse(net_fields, TEXT_COUNT(net_fields), text, ret);
}
