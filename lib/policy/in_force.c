/* SPDX-License-Identifier: MIT */
#include "policy/in_force.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/path.h"

#define IN_FORCE_FILE "policy"

static const char *const names[] = {
	[IN_FORCE_CURRENT] = "current",
	[IN_FORCE_LAST_GOOD] = "last-good",
	[IN_FORCE_NONE] = "none",
};

static_assert(sizeof(names) / sizeof(names[0]) == IN_FORCE_MAX, "every state has a name");

const char *in_force_name(enum in_force_state state)
{
	return names[state];
}

int in_force_write(int run_fd, const struct in_force *in_force)
{
	char text[400];
	int n = snprintf(text, sizeof(text),
			 "nsisolate-in-force 1 state=%s since=%" PRIu64 " config=%s\n",
			 names[in_force->state], in_force->since, in_force->config);

	return path_write_file(run_fd, IN_FORCE_FILE, 0600, text, (size_t)n);
}

int in_force_read(int run_fd, struct in_force *ret)
{
	char text[400], state[16];
	ssize_t n = fd_read_file(run_fd, IN_FORCE_FILE, text, sizeof(text));

	if (n < 0)
		return (int)n;
	if (sscanf(text, "nsisolate-in-force 1 state=%15s since=%" SCNu64 " config=%255[^\n]",
		   state, &ret->since, ret->config) != 3)
		return -EBADMSG;
	for (int i = 0; i < IN_FORCE_MAX; i++) {
		if (strcmp(state, names[i]) == 0) {
			ret->state = i;
			return 0;
		}
	}
	return -EBADMSG;
}
