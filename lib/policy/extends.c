/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>

#include "policy/draft.h"
#include "policy/keys.h"

static void extends_inherit_values(struct draft_policy *child, const struct draft_policy *parent)
{
	for (size_t i = 0; i < K_MAX; i++) {
		const struct key *key = &keys[i];

		if (key->block != KEY_POLICY || i == K_EXTENDS || i == K_DIRECTORIES)
			continue;
		if (child->seen.given & key_bit((enum key_id)i))
			continue;
		memcpy((char *)child + key->offset, (const char *)parent + key->offset, key->width);
		memcpy((char *)child + key->also, (const char *)parent + key->also,
		       key->also_width);
		child->at[key_index((enum key_id)i)] = parent->at[key_index((enum key_id)i)];
	}
	child->seen.bad |= parent->seen.bad & ~child->seen.given;
}

/* The entry of @list for @path, or NULL. */
static const struct draft_dir *extends_find_dir(const struct draft *d, struct pol_list list,
						pol_str path)
{
	for (uint32_t i = 0; i < list.count; i++) {
		const struct draft_dir *dir = draft_dir(d, list.first + i);

		if (strcmp(draft_str(d, dir->row.path), draft_str(d, path)) == 0)
			return dir;
	}
	return NULL;
}

static void extends_add_dir(struct draft *d, struct pol_list *list, struct draft_dir dir)
{
	if (dir.row.method == POL_METHOD_MAX) /* "none" */
		return;
	(void)draft_add(d, &d->dirs, &dir); /* a copy, as the table may move; failure is sticky */
	list->count += !d->out_of_memory;
}

/* "none" for what was not there is most likely a slip of the pen. */
static void extends_check_drops(struct draft *d, struct pol_list own, struct pol_list inherited)
{
	for (uint32_t i = 0; i < own.count; i++) {
		const struct draft_dir *dir = draft_dir(d, own.first + i);

		if (dir->row.method == POL_METHOD_MAX &&
		    !extends_find_dir(d, inherited, dir->row.path))
			draft_warning(d, dir->row.where,
				      "'%.200s' is not inherited, so it need not be dropped",
				      draft_str(d, dir->row.path));
	}
}

static void extends_inherit_dirs(struct draft *d, struct draft_policy *child,
				 struct pol_list inherited)
{
	struct pol_list own = child->row.dirs, all = {.first = (uint32_t)d->dirs.count};

	extends_check_drops(d, own, inherited);
	for (uint32_t i = 0; i < inherited.count; i++) {
		struct draft_dir dir = *draft_dir(d, inherited.first + i);

		dir.is_inherited = true;
		if (!extends_find_dir(d, own, dir.row.path))
			extends_add_dir(d, &all, dir);
	}
	for (uint32_t i = 0; i < own.count; i++)
		extends_add_dir(d, &all, *draft_dir(d, own.first + i));
	if (all.count > POL_DIRS_MAX)
		draft_error(d, child->row.where,
			    "policy '%.64s' has more than %d directories with those "
			    "that it inherits",
			    draft_str(d, child->row.name), POL_DIRS_MAX);
	child->row.dirs = all;
}

/* The parent of @p; NULL if it has none or an unknown one, which is then said. */
static struct draft_policy *extends_parent_of(struct draft *d, struct draft_policy *p)
{
	const char *name = draft_str(d, p->extends), *meant;
	int64_t row;

	if (p->extends == 0)
		return NULL;
	row = names_find(d, name);
	if (row >= 0)
		return draft_policy(d, (size_t)row);
	p->state = DRAFT_BROKEN;
	if (d->has_gaps)
		return NULL;
	meant = names_suggest(d, name);
	draft_error(d, p->row.where, "policy '%.64s' extends '%.64s', which is not defined%s%s%s",
		    draft_str(d, p->row.name), name, meant ? " (did you mean '" : "",
		    meant ? meant : "", meant ? "'?)" : "");
	return NULL;
}

/* The place in @chain where its last member stands before that; its end if it does not. */
static size_t extends_cycle_start(struct draft_policy *const chain[], size_t count)
{
	size_t i = count - 1;

	while (i-- > 0) {
		if (chain[i] == chain[count - 1])
			return i;
	}
	return count;
}

/* Says what is wrong with a chain that does not end; its members are left out from here on. */
static void extends_refuse_chain(struct draft *d, struct draft_policy *const chain[], size_t count)
{
	size_t start = extends_cycle_start(chain, count), used = 0;
	char way[400] = "";

	for (size_t i = start; i < count && used < sizeof(way); i++)
		used += (size_t)snprintf(way + used, sizeof(way) - used, "%s%.64s",
					 i > start ? " -> " : "", draft_str(d, chain[i]->row.name));
	if (start < count)
		draft_error(d, chain[start]->row.where, "policy '%.64s' extends itself: %s",
			    draft_str(d, chain[start]->row.name), way);
	else
		draft_error(d, chain[0]->row.where, "policy '%.64s' has more than %d ancestors",
			    draft_str(d, chain[0]->row.name), EXTENDS_DEPTH_MAX);
	for (size_t i = 0; i < count; i++)
		chain[i]->state = DRAFT_BROKEN;
}

/* Policies do not move while they are resolved: only directories are added. */
static void extends_resolve_one(struct draft *d, struct draft_policy *p)
{
	struct draft_policy *chain[EXTENDS_DEPTH_MAX + 2], *parent = NULL;
	size_t count = 0;

	for (struct draft_policy *at = p; at && at->state == DRAFT_NEW; at = parent) {
		if (count == EXTENDS_DEPTH_MAX + 2) {
			extends_refuse_chain(d, chain, count);
			return;
		}
		chain[count++] = at;
		parent = extends_parent_of(d, at);
	}
	while (count-- > 0) {
		struct draft_policy *at = chain[count];

		if (at->state == DRAFT_BROKEN || (parent && parent->state == DRAFT_BROKEN)) {
			at->state = DRAFT_BROKEN;
		} else {
			if (parent)
				extends_inherit_values(at, parent);
			extends_inherit_dirs(d, at,
					     parent ? parent->row.dirs : (struct pol_list){0, 0});
			at->state = DRAFT_RESOLVED;
		}
		parent = at;
	}
}

void extends_resolve(struct draft *d)
{
	for (size_t i = 0; i < d->policies.count; i++)
		extends_resolve_one(d, draft_policy(d, i));
}
