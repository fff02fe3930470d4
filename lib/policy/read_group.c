/* SPDX-License-Identifier: MIT */
/* The reader of groups of keys: directories, mounts, networks, "proc" and the like */
#include <errno.h>
#include <libconfig.h>
#include <string.h>

#include "base/text.h"
#include "policy/check.h"
#include "policy/job.h"
#include "policy/pathname.h"
#include "policy/read.h"
#include "policy/types.h"

/* Whether the keys are there without which there is no block. */
static bool read_has_needed(struct reader *r, enum key_block block, const config_setting_t *s)
{
	bool is_good = true;

	for (size_t i = 0; i < K_MAX; i++) {
		if (keys[i].block != block || !keys[i].is_needed ||
		    config_setting_get_member(s, keys[i].name))
			continue;
		draft_error(r->d, read_where(r, s), "'%s' is missing%s", keys[i].name, r->place);
		is_good = false;
	}
	return is_good;
}

/*
 * Reads @s as a block of keys that @key of policy @p has, or has a list of, into @row;
 * messages say so, as " in 'clock' of policy 'lab'".
 */
static bool read_inside(struct reader *r, const struct key *key, const config_setting_t *s,
			const struct draft_policy *p, void *row)
{
	struct draft_seen seen = {0};
	char outside[sizeof(r->place)];
	const bool is_network = key->type == TYPE_NETWORK;
	bool is_good;

	if (config_setting_type(s) != CONFIG_TYPE_GROUP) {
		read_refuse(r, key, s, 0);
		return false;
	}
	memcpy(outside, r->place, sizeof(outside));
	text_fmt(r->place, sizeof(r->place), " in %s%s%s of policy '%.64s'",
		 is_network ? "the " : "'", key->name, is_network ? "" : "'",
		 draft_str(r->d, p->row.name));
	read_block(r, key->of, s, row, &seen);
	is_good = read_has_needed(r, key->of, s) && seen.bad == 0;
	if (is_good && is_network)
		is_good = check_network_keys(r, s, row);
	memcpy(r->place, outside, sizeof(outside));
	return is_good;
}

/* The word for a resource manager stands for the patterns that are known of it. */
static bool read_job_word(struct reader *r, const struct key *key, const config_setting_t *s,
			  const char *word, void *row)
{
	struct pol_job *job = row;

	if (!job_is_manager(word)) {
		read_refuse(r, key, s, -EINVAL);
		return false;
	}
	job->cgroup = draft_text(r->d, word);
	return true;
}

bool read_group(struct reader *r, const struct key *key, const config_setting_t *s, void *row)
{
	const char *word = config_setting_get_string(s);

	if (key->type == TYPE_JOB && word)
		return read_job_word(r, key, s, word, (char *)row + key->offset);
	return read_inside(r, key, s, row, (char *)row + key->offset);
}

bool read_network(struct reader *r, const struct key *key, const config_setting_t *s, void *row)
{
	struct pol_network n = {.where = read_where(r, s)};
	struct draft_policy *p = row;
	bool is_good;

	key_defaults(KEY_NETWORK, &n);
	is_good = read_inside(r, key, s, p, &n);
	if (config_setting_type(s) == CONFIG_TYPE_GROUP)
		p->row.network = draft_add(r->d, &r->d->networks, &n) + 1; /* failure is sticky */
	return is_good;
}

static bool group_check_path(struct reader *r, const struct key *key, const struct pol_mount *m)
{
	const char *path = draft_str(r->d, m->target);
	const char *why = check_view_path(r->d, (enum key_id)(key - keys), path);

	if (!why)
		return true;
	draft_error(r->d, m->where, "'%s'%s cannot have '%.200s': %s", key->name, r->place, path,
		    why);
	return false;
}

static bool read_add_mount(struct reader *r, const struct key *key, struct pol_mount *m,
			   struct pol_list *list)
{
	if (m->target == 0) /* of a bind: where it was */
		m->target = m->source;
	if (!group_check_path(r, key, m))
		return false;
	(void)draft_add(r->d, &r->d->mounts, m); /* failure is sticky */
	list->count++;
	return true;
}

static bool read_add_path(struct reader *r, const struct key *key, const config_setting_t *s,
			  const char *path, uint8_t propagation, struct pol_list *list)
{
	struct pol_mount m = {.where = read_where(r, s), .propagation = propagation};

	m.target = draft_text(r->d, path);
	return read_add_mount(r, key, &m, list);
}

/* Reads an element of a list of paths, or of a list of groups.  Returns whether it is valid. */
static bool group_add_element(struct reader *r, const struct key *key, const config_setting_t *s,
			      const struct draft_policy *p, struct pol_list *list)
{
	const char *path = config_setting_get_string(s);
	struct pol_mount m = {.where = read_where(r, s)};

	if (key->type != TYPE_PATHS) {
		key_defaults(key->of, &m);
		return read_inside(r, key, s, p, &m) && read_add_mount(r, key, &m, list);
	}
	if (path && pathname_is_normal(path))
		return read_add_path(r, key, s, path, 0, list);
	read_refuse(r, key, s, 0);
	return false;
}

/* propagation = "private": of the whole tree. */
static bool read_add_tree(struct reader *r, const struct key *key, const config_setting_t *s,
			  struct pol_list *list)
{
	int word = word_find(keys[K_PROPAGATION_TYPE].words, config_setting_get_string(s));

	if (word >= 0)
		return read_add_path(r, key, s, "/", (uint8_t)word, list);
	read_refuse(r, key, s, 0);
	return false;
}

bool read_mounts(struct reader *r, const struct key *key, const config_setting_t *s, void *row)
{
	struct pol_list list = {.first = (uint32_t)r->d->mounts.count};
	bool is_good = true;

	if (key->type == TYPE_PROPAGATION && config_setting_type(s) == CONFIG_TYPE_STRING)
		is_good = read_add_tree(r, key, s, &list);
	else if (!read_is_list(r, key, s))
		return false;
	else
		for (int i = 0; i < config_setting_length(s); i++)
			is_good &= group_add_element(
				r, key, config_setting_get_elem(s, (unsigned)i), row, &list);
	memcpy((char *)row + key->offset, &list, sizeof(list));
	return is_good;
}

static bool read_dir(struct reader *r, const config_setting_t *s)
{
	struct draft_dir dir = {.row.where = read_where(r, s)};
	const config_setting_t *path;

	key_defaults(KEY_DIR, &dir);
	if (config_setting_type(s) != CONFIG_TYPE_GROUP) {
		draft_error(r->d, dir.row.where,
			    "an entry of 'directories' must be a group: { path = \"/tmp\"; ... }");
		return false;
	}
	read_block(r, KEY_DIR, s, &dir, &dir.seen);
	path = config_setting_get_member(s, "path");
	if (path) /* most errors of a directory are about its path */
		dir.row.where = read_where(r, path);
	check_dir(r->d, &dir, r->place);
	(void)draft_add(r->d, &r->d->dirs, &dir); /* failure is sticky */
	return true;
}

bool read_dirs(struct reader *r, const struct key *key, const config_setting_t *s, void *row)
{
	int type = config_setting_type(s), count = config_setting_length(s);
	struct draft_policy *p = row;
	char outside[sizeof(r->place)];
	bool is_good = true;

	if (type != CONFIG_TYPE_LIST && !(type == CONFIG_TYPE_ARRAY && count == 0)) {
		read_refuse(r, key, s, 0);
		return false;
	}
	if (count > POL_DIRS_MAX) {
		draft_error(r->d, read_where(r, s), "more than %d directories%s", POL_DIRS_MAX,
			    r->place);
		return false;
	}
	memcpy(outside, r->place, sizeof(outside));
	text_fmt(r->place, sizeof(r->place), " in a directory of policy '%.64s'",
		 draft_str(r->d, p->row.name));
	p->row.dirs.first = (uint32_t)r->d->dirs.count;
	for (int i = 0; i < count; i++)
		is_good &= read_dir(r, config_setting_get_elem(s, (unsigned)i));
	p->row.dirs.count = (uint32_t)r->d->dirs.count - p->row.dirs.first;
	memcpy(r->place, outside, sizeof(outside));
	return is_good;
}
