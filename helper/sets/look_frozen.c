/* SPDX-License-Identifier: MIT */
/* The part of a look that stops control groups */
#include "sets/look.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cgroup/freeze.h"
#include "sets/session.h"
#include "sets/set.h"

enum {
	LOOK_FREEZES = 5,     /* rounds in one look */
	LOOK_FREEZE_MS = 200, /* for all rounds together */
	LOOK_GROUPS = 256,
	LOOK_FROZEN_MAX = 16384, /* processes of a group that are looked at */
};

/* The groups of the sets in question, each of them once. */
struct look_groups {
	const char *dirs[LOOK_GROUPS]; /* of the sets */
	int begun[LOOK_GROUPS];        /* result of freeze_begin() */
	unsigned count;
	int pids[LOOK_FROZEN_MAX];
};

/* Whether members of the set are to be killed that the look may have missed. */
static bool look_wants_freeze(const struct look_work *w, unsigned i)
{
	return w->targets[i].signal == SIGKILL &&
	       (w->targets[i].members > 0 || w->sets[i]->state == SET_HELD);
}

static void look_add_group(struct look_groups *g, const char *dir)
{
	for (unsigned i = 0; i < g->count; i++)
		if (strcmp(g->dirs[i], dir) == 0)
			return;
	if (g->count < LOOK_GROUPS)
		g->dirs[g->count++] = dir;
}

/* The first *ret_count targets are those in question from then on. */
static void look_sort(struct look_work *w, struct look_groups *g, unsigned *ret_count)
{
	unsigned count = 0;

	for (unsigned i = 0; i < w->count; i++) {
		const struct members_target target = w->targets[i];
		struct set *set = w->sets[i];

		if (!look_wants_freeze(w, i))
			continue;
		groups_resolve(set);
		for (unsigned k = 0; k < set->groups.count; k++)
			if (set->groups.dirs[k])
				look_add_group(g, set->groups.dirs[k]);
		w->targets[i] = w->targets[count];
		w->sets[i] = w->sets[count];
		w->targets[count] = target;
		w->sets[count++] = set;
	}
	*ret_count = count;
}

static unsigned look_count_members(const struct look_work *w, unsigned count)
{
	unsigned members = 0;

	for (unsigned i = 0; i < count; i++)
		members += w->targets[i].members;
	return members;
}

/* One round: all groups stand still at the same time.  Returns how many members were killed. */
static unsigned look_kill_frozen(struct look_work *w, unsigned count, struct look_groups *g,
				 uint64_t end_us)
{
	const unsigned before = look_count_members(w, count);
	bool is_partial = false;

	for (unsigned i = 0; i < g->count; i++)
		g->begun[i] = freeze_begin(g->dirs[i], 0);
	for (unsigned i = 0; i < g->count; i++)
		if (g->begun[i] == -ETIMEDOUT)
			(void)freeze_wait(
				g->dirs[i],
				clock_left_ms(
					end_us)); /* late: the others are listed all the same */
	for (unsigned i = 0; i < g->count; i++) {
		int n = freeze_list(g->dirs[i], g->pids, LOOK_FROZEN_MAX);

		if (n > 0)
			members_look_at(w->targets, count, &w->known, g->pids, (unsigned)n,
					&is_partial);
	}
	for (unsigned i = 0; i < g->count; i++)
		if (g->begun[i] == 0 || g->begun[i] == -ETIMEDOUT)
			freeze_end(g->dirs[i]);
	return look_count_members(w, count) - before;
}

void look_frozen(struct look_work *w)
{
	struct look_groups *g = calloc(1, sizeof(*g));
	uint64_t end_us;
	unsigned count;

	if (!g)
		return;
	look_sort(w, g, &count);
	end_us = clock_now_us() + (uint64_t)LOOK_FREEZE_MS * 1000;
	for (int round = 0; round < LOOK_FREEZES && g->count > 0; round++)
		if (look_kill_frozen(w, count, g, end_us) == 0 || clock_now_us() >= end_us)
			break;
	free(g);
}

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
