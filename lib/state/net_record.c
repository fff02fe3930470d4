/* SPDX-License-Identifier: MIT */
#include "state/net_record.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define FIELD(name, member)                                      \
	{                                                        \
		name, offsetof(struct net_record, member),       \
			sizeof(((struct net_record *)0)->member) \
	}

static const struct network_field {
	const char *name;
	size_t offset;
	size_t size;
} fields[] = {
	FIELD("mode", mode),
	FIELD("owner", owner),
	FIELD("index", index),
	FIELD("bridge", bridge),
	FIELD("create", create),
	FIELD("veth", veth),
	FIELD("pool4", pool[NET_V4]),
	FIELD("pool6", pool[NET_V6]),
	FIELD("address4", address[NET_V4]),
	FIELD("address6", address[NET_V6]),
	FIELD("gateway4", gateway[NET_V4]),
	FIELD("gateway6", gateway[NET_V6]),
	FIELD("mtu", mtu),
	FIELD("nat", nat),
	FIELD("isolate_peers", isolate_peers),
	FIELD("peers", peers),
	FIELD("hostname", hostname),
	FIELD("netns", netns),
	FIELD("publish", publish),
	FIELD("parent", parent),
	FIELD("interfaces", interfaces),
	FIELD("forwards", forwards),
	FIELD("rules", rules),
	FIELD("process", process),
};

enum {
	FIELDS = sizeof(fields) / sizeof(fields[0])
};

size_t net_record_format(const struct net_record *rec, char buf[NET_RECORD_TEXT])
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < FIELDS; i++) {
		const char *value = (const char *)rec + fields[i].offset;

		if (value[0]) /* there is a line's worth of room for each beside the values */
			used += (size_t)snprintf(buf + used, NET_RECORD_TEXT - used, "%s=%s\n",
						 fields[i].name, value);
	}
	return used;
}

static void net_record_take(struct net_record *rec, char *line)
{
	char *value = strchr(line, '=');

	if (!value)
		return;
	*value++ = '\0';
	for (size_t i = 0; i < FIELDS; i++) {
		if (strcmp(fields[i].name, line) == 0)
			/* Of a newer version, it may not fit: then it is as if not there. */
			(void)text_copy((char *)rec + fields[i].offset, fields[i].size, value);
	}
}

void net_record_parse(char *text, struct net_record *ret)
{
	char *line;

	*ret = (struct net_record){.mode = ""};
	while ((line = strsep(&text, "\n")) != NULL)
		net_record_take(ret, line);
}
