/* SPDX-License-Identifier: MIT */
/* How are the keys read that say what else a session sees? */
#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

#include "policy/check.h"
#include "policy/pathname.h"
#include "policy/read.h"
#include "policy/values.h"

enum {
	MOUNTS_MAX = 256,
	CENTURY = 100 * 365 * 86400u
};

static const char *const hidepid_words[] = {"off", "noaccess", "invisible", "ptraceable", NULL};
static const char *const subset_words[] = {"all", "pid", NULL};
static const char *const place_words[] = {"outside", "inside", NULL};
static const char *const propagation_words[] = {"slave", "private", "shared", "unbindable", NULL};

#define FIELD(n, t, row, member, ...)                                      \
	{                                                                  \
		.name = (n), .type = (t), .offset = offsetof(row, member), \
		.width = sizeof(((row *)0)->member), __VA_ARGS__           \
	}

static const struct key proc_keys[] = {
	FIELD("hidepid", TYPE_WORD, struct pol_proc, hidepid, .words = hidepid_words),
	FIELD("subset", TYPE_WORD, struct pol_proc, subset, .words = subset_words),
};

static const struct key clock_keys[] = {
	FIELD("boottime", TYPE_SHIFT, struct pol_clock, boottime, .max = CENTURY),
	FIELD("monotonic", TYPE_SHIFT, struct pol_clock, monotonic, .max = CENTURY),
};

static const struct key limits_keys[] = {
	FIELD("tasks", TYPE_LIMIT, struct pol_limits, tasks, .max = POL_LIMIT_TASKS_MAX),
	FIELD("memory", TYPE_MEMORY, struct pol_limits, memory, ),
	FIELD("cpu", TYPE_CPU, struct pol_limits, cpu, .max = POL_LIMIT_CPU_MAX),
};

static const struct key hook_keys[] = {
	FIELD("run", TYPE_PATH, struct pol_hook, run, ),
	FIELD("where", TYPE_WORD, struct pol_hook, place, .words = place_words),
	FIELD("timeout", TYPE_TIME, struct pol_hook, timeout, .max = 60),
};

static const struct key bind_keys[] = {
	FIELD("source", TYPE_PATH, struct pol_mount, source, ),
	FIELD("target", TYPE_PATH, struct pol_mount, target, ),
	FIELD("options", TYPE_OPTIONS, struct pol_mount, attrs, ),
	FIELD("recursive", TYPE_BOOL, struct pol_mount, recursive, ),
};

static const struct key propagation_keys[] = {
	FIELD("path", TYPE_PATH, struct pol_mount, target, ),
	FIELD("type", TYPE_WORD, struct pol_mount, propagation, .words = propagation_words),
};

/* The keys of a group; in the list of a TYPE_BINDS or TYPE_PROPAGATION the first @needed must be there. */
struct group {
	const struct key *keys;
	size_t count;
	size_t needed;
};

#define GROUP(list, n)                                        \
	{                                                     \
		(list), sizeof(list) / sizeof((list)[0]), (n) \
	}

static struct group group_of(const struct key *key)
{
	static const struct group bind = GROUP(bind_keys, 1), proc = GROUP(proc_keys, 0),
				  clock = GROUP(clock_keys, 0), hook = GROUP(hook_keys, 1),
				  limits = GROUP(limits_keys, 0),
				  propagation = GROUP(propagation_keys, 2);

	if (key->type == TYPE_BINDS)
		return bind;
	if (key->type == TYPE_PROPAGATION)
		return propagation;
	if (key == &keys[K_ON_CREATE] || key == &keys[K_ON_END])
		return hook;
	if (key == &keys[K_LIMITS])
		return limits;
	return key == &keys[K_CLOCK] ? clock : proc;
}

static const struct key *find(const struct group *g, const char *name)
{
	for (size_t i = 0; i < g->count; i++) {
		if (strcmp(g->keys[i].name, name) == 0)
			return &g->keys[i];
	}
	return NULL;
}

static void unknown(struct reader *r, const struct group *g, const config_setting_t *s)
{
	const char *words[8] = {NULL}, *meant;

	for (size_t i = 0; i < g->count; i++)
		words[i] = g->keys[i].name;
	meant = word_suggest(words, config_setting_name(s));
	draft_error(r->d, read_where(r, s), "unknown key '%.64s'%s%s%s%s", config_setting_name(s),
		    r->place, meant ? " (did you mean '" : "", meant ? meant : "",
		    meant ? "'?)" : "");
}

/* Reads the settings of @s as the keys of a group; @row is what they are members of. */
static bool read_fields(struct reader *r, const struct group *g, const config_setting_t *s,
			void *row)
{
	bool is_good = true;

	for (int i = 0; i < config_setting_length(s); i++) {
		const config_setting_t *e = config_setting_get_elem(s, (unsigned)i);
		const struct key *key = find(g, config_setting_name(e));

		if (!key) {
			unknown(r, g, e);
			is_good = false;
		} else if (key->type == TYPE_OPTIONS) {
			is_good &= read_strings(r, key, e, row);
		} else {
			is_good &= read_scalar(r, key, e, row);
		}
	}
	for (size_t i = 0; i < g->needed; i++) {
		if (config_setting_get_member(s, g->keys[i].name))
			continue;
		draft_error(r->d, read_where(r, s), "'%s' is missing%s", g->keys[i].name, r->place);
		is_good = false;
	}
	return is_good;
}

/* Runs with r->place saying " in 'clock' of policy 'lab'". */
static bool read_inside(struct reader *r, const struct key *key, const config_setting_t *s,
			const struct draft_policy *p, void *row)
{
	struct group g = group_of(key);
	char outside[sizeof(r->place)];
	bool is_good;

	memcpy(outside, r->place, sizeof(outside));
	(void)snprintf(r->place, sizeof(r->place), " in '%s' of policy '%.64s'", key->name,
		       draft_str(r->d, p->row.name));
	is_good = read_fields(r, &g, s, row);
	memcpy(r->place, outside, sizeof(outside));
	return is_good;
}

static bool check_path(struct reader *r, const struct key *key, const struct pol_mount *m)
{
	const char *path = draft_str(r->d, m->target);
	const char *why = check_view_path(r->d, (enum key_id)(key - keys), path);

	if (!why)
		return true;
	draft_error(r->d, m->where, "'%s'%s cannot have '%.200s': %s", key->name, r->place, path,
		    why);
	return false;
}

static bool add(struct reader *r, const struct key *key, struct pol_mount *m, struct pol_list *list)
{
	if (m->target == 0) /* of a bind: where it was */
		m->target = m->source;
	if (!check_path(r, key, m))
		return false;
	(void)draft_add(r->d, &r->d->mounts, m); /* failure is sticky */
	list->count++;
	return true;
}

static bool add_path(struct reader *r, const struct key *key, const config_setting_t *s,
		     struct pol_list *list)
{
	const char *path = config_setting_get_string(s);
	struct pol_mount m = {.where = read_where(r, s)};

	if (!path || !pathname_is_normal(path)) {
		read_refuse(r, key, s, 0);
		return false;
	}
	m.target = draft_text(r->d, path);
	return add(r, key, &m, list);
}

static bool add_group(struct reader *r, const struct key *key, const config_setting_t *s,
		      const struct draft_policy *p, struct pol_list *list)
{
	struct pol_mount m = {.where = read_where(r, s), .attrs = CHECK_ATTRS_DEFAULT};

	if (config_setting_type(s) != CONFIG_TYPE_GROUP) {
		read_refuse(r, key, s, 0);
		return false;
	}
	return read_inside(r, key, s, p, &m) && add(r, key, &m, list);
}

/* propagation = "private": of the whole tree. */
static bool add_tree(struct reader *r, const struct key *key, const config_setting_t *s,
		     struct pol_list *list)
{
	int word = word_find(propagation_words, config_setting_get_string(s));
	struct pol_mount m = {.where = read_where(r, s), .propagation = (uint8_t)word};

	if (word < 0) {
		read_refuse(r, key, s, 0);
		return false;
	}
	m.target = draft_text(r->d, "/");
	return add(r, key, &m, list);
}

static bool read_mounts(struct reader *r, const struct key *key, const config_setting_t *s,
			const struct draft_policy *p, struct pol_list *list)
{
	int type = config_setting_type(s), count = config_setting_length(s);
	bool is_good = true;

	if (key->type == TYPE_PROPAGATION && type == CONFIG_TYPE_STRING)
		return add_tree(r, key, s, list);
	if (type != CONFIG_TYPE_LIST && type != CONFIG_TYPE_ARRAY) {
		read_refuse(r, key, s, 0);
		return false;
	}
	if (count > MOUNTS_MAX) {
		draft_error(r->d, read_where(r, s), "'%s'%s has more than %d elements", key->name,
			    r->place, MOUNTS_MAX);
		return false;
	}
	for (int i = 0; i < count; i++) {
		const config_setting_t *e = config_setting_get_elem(s, (unsigned)i);

		is_good &= key->type == TYPE_PATHS ? add_path(r, key, e, list)
						   : add_group(r, key, e, p, list);
	}
	return is_good;
}

/* Of those that each IPC namespace has; any other would be the host's. */
static bool read_sysctls(struct reader *r, const struct key *key, const config_setting_t *s,
			 struct pol_list *list)
{
	int type = config_setting_type(s), count = config_setting_length(s);
	bool is_good = true;

	if ((type != CONFIG_TYPE_LIST && type != CONFIG_TYPE_ARRAY) || count > MOUNTS_MAX) {
		read_refuse(r, key, s, 0);
		return false;
	}
	for (int i = 0; i < count; i++) {
		const config_setting_t *e = config_setting_get_elem(s, (unsigned)i);
		const char *text = config_setting_get_string(e);
		int err = text ? value_sysctl(text) : -EINVAL;
		pol_str str;

		if (err == -ERANGE)
			draft_error(
				r->d, read_where(r, e),
				"'%s'%s has \"%.64s\", which no IPC namespace has a value of its "
				"own for",
				key->name, r->place, text);
		else if (err < 0)
			read_refuse(r, key, e, 0);
		is_good &= err == 0;
		if (err < 0)
			continue;
		str = draft_text(r->d, text);
		(void)draft_add(r->d, &r->d->strings, &str); /* failure is sticky */
		list->count++;
	}
	return is_good;
}

bool read_view(struct reader *r, const struct key *key, const config_setting_t *s, void *row)
{
	struct pol_list list = {.first = (uint32_t)r->d->mounts.count};
	bool is_good;

	if (key->type == TYPE_GROUP) {
		if (config_setting_type(s) == CONFIG_TYPE_GROUP)
			return read_inside(r, key, s, row, (char *)row + key->offset);
		read_refuse(r, key, s, 0);
		return false;
	}
	if (key->type == TYPE_SYSCTLS) {
		list.first = (uint32_t)r->d->strings.count;
		is_good = read_sysctls(r, key, s, &list);
	} else {
		is_good = read_mounts(r, key, s, row, &list);
	}
	memcpy((char *)row + key->offset, &list, sizeof(list));
	return is_good;
}
