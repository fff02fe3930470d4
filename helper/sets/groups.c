/* SPDX-License-Identifier: MIT */
#include "sets/groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup/freeze.h"
#include "sets/set.h"

void groups_note(struct set *set, pid_t pid)
{
	struct set_groups *g = &set->groups;
	char dir[FREEZE_PATH];
	uint64_t id;

	if (freeze_find(pid, dir, &id) < 0) {
		g->is_partial = true;
		return;
	}
	for (unsigned i = 0; i < g->count; i++)
		if (set->rec.end.groups[i] == id)
			return;
	if (g->count == RECORD_GROUPS) { /* the oldest makes room: it is the likeliest to be gone */
		free(g->dirs[0]);
		memmove(g->dirs, g->dirs + 1, (RECORD_GROUPS - 1) * sizeof(g->dirs[0]));
		memmove(set->rec.end.groups, set->rec.end.groups + 1,
			(RECORD_GROUPS - 1) * sizeof(set->rec.end.groups[0]));
		g->count--;
		g->is_partial = true;
	}
	g->dirs[g->count] = strdup(dir);
	set->rec.end.groups[g->count++] = id;
}

void groups_free(struct set *set)
{
	for (unsigned i = 0; i < set->groups.count; i++)
		free(set->groups.dirs[i]);
	set->groups = (struct set_groups){0};
}

int groups_list(const struct set *set, int *pids, unsigned room)
{
	unsigned count = 0;

	if (set->groups.is_partial || set->groups.count == 0)
		return -E2BIG;
	for (unsigned i = 0; i < set->groups.count; i++) {
		int r = set->groups.dirs[i]
				? freeze_list(set->groups.dirs[i], pids + count, room - count)
				: -E2BIG;

		if (r < 0)
			return -E2BIG;
		count += (unsigned)r;
	}
	return (int)count;
}

void groups_resolve(struct set *set)
{
	struct set_groups *g = &set->groups;
	char dir[FREEZE_PATH];

	for (unsigned i = 0; i < g->count; i++)
		if (!g->dirs[i] && freeze_find_id(set->rec.end.groups[i], dir) == 0)
			g->dirs[i] = strdup(dir);
}

void groups_thaw(const struct set *set)
{
	for (unsigned i = 0; i < set->groups.count; i++)
		if (set->groups.dirs[i])
			freeze_end(set->groups.dirs[i]);
}
