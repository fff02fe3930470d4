/* SPDX-License-Identifier: MIT */
#include "policy/groups.h"

#include <errno.h>
#include <grp.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/draft.h"

/* A group of a whole university has some megabytes of members. */
enum {
	RECORD_MAX = 64 << 20
};

struct known {
	int outcome;
	gid_t gid;
	char name[];
};

static int compare(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* POSIX leaves open how "not found" looks; these are the ways that getgrnam(3) lists. */
static int outcome_of(int err)
{
	switch (err) {
	case 0:
	case ENOENT:
	case ESRCH:
	case EBADF:
	case EPERM:
		return GROUPS_UNKNOWN;
	default:
		return -err;
	}
}

static int look_up(const char *name, gid_t *ret)
{
	for (size_t size = 4096; size <= RECORD_MAX; size *= 4) {
		NSI_AUTO_FREE char *buf = malloc(size);
		struct group group, *found;
		int err;

		if (!buf)
			return -ENOMEM;
		err = getgrnam_r(name, &group, buf, size, &found);
		if (err == ERANGE)
			continue;
		if (found)
			*ret = found->gr_gid;
		return found ? 0 : outcome_of(err);
	}
	return -ERANGE;
}

int groups_find(struct draft *d, const char *name, gid_t *ret)
{
	NSI_AUTO_FREE struct known *fresh = calloc(1, sizeof(*fresh) + strlen(name) + 1);
	struct known **found;

	if (!fresh)
		return -ENOMEM;
	memcpy(fresh->name, name, strlen(name) + 1);
	found = tsearch(fresh, &d->groups, compare);
	if (!found)
		return -ENOMEM;
	if (*found == fresh) {
		fresh->outcome = look_up(name, &fresh->gid);
		fresh = NULL; /* the tree's now */
	}
	if ((*found)->outcome == 0)
		*ret = (*found)->gid;
	return (*found)->outcome;
}

void groups_done(struct draft *d)
{
	tdestroy(d->groups, free);
	d->groups = NULL;
}
