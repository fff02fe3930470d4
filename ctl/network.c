/* SPDX-License-Identifier: MIT */
#include "ctl/network.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/nskind.h"
#include "base/text.h"
#include "ctl/sets.h"

enum {
	RECORD_MAX = 16384 /* more than helper/net/state.c writes */
};

/* The keys of a record that say what to show; nsisolate.conf(5), NETWORK, has them. */
static const struct {
	const char *key;
	size_t offset;
} keys[] = {
	{"mode", offsetof(struct set_network, mode)},
	{"address4", offsetof(struct set_network, address[0])},
	{"address6", offsetof(struct set_network, address[1])},
	{"bridge", offsetof(struct set_network, bridge)},
	{"parent", offsetof(struct set_network, parent)},
	{"netns", offsetof(struct set_network, name)},
	{"publish", offsetof(struct set_network, name)},
};

static void take_line(struct set_network *ret, char *line)
{
	char *value = strchr(line, '=');

	if (!value)
		return;
	*value++ = '\0';
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i].key, line) == 0)
			/* Of a newer version, it may not fit: then it is as if not there. */
			(void)text_copy((char *)ret + keys[i].offset, NETWORK_TEXT, value);
}

void network_read(const char *rundir, const struct view *v, struct set_network *ret)
{
	NSI_AUTO_FD int run = open(rundir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[32], text[RECORD_MAX], *at = text, *line;

	*ret = (struct set_network){.mode = ""};
	if (v->is_own)
		return;
	/* Nothing on record: nothing of it is on the host. */
	(void)snprintf(ret->mode, NETWORK_TEXT, "%s",
		       v->rec.kinds & ns_bit(NS_NET) ? "none" : "host");
	(void)snprintf(path, sizeof(path), "net/%" PRIu64, v->rec.id);
	if (run < 0 || fd_read_file(run, path, text, sizeof(text)) < 0)
		return;
	while ((line = strsep(&at, "\n")) != NULL)
		take_line(ret, line);
}
