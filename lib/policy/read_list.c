/* SPDX-License-Identifier: MIT */
/* How are lists of words, of names and of directories read? */
#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

#include "base/nskind.h"
#include "policy/check.h"
#include "policy/pathname.h"
#include "policy/read.h"
#include "policy/template.h"

/* A pair of options says yes and no to one attribute. */
static const char *const option_words[] = {
	"noexec", "exec", "nosuid", "suid", "nodev", "dev", "ro", "rw", "nosymfollow", NULL,
};

static const struct {
	uint32_t attr;
	bool is_set;
} options[] = {
	{MOUNT_ATTR_NOEXEC, true},  {MOUNT_ATTR_NOEXEC, false}, {MOUNT_ATTR_NOSUID, true},
	{MOUNT_ATTR_NOSUID, false}, {MOUNT_ATTR_NODEV, true},   {MOUNT_ATTR_NODEV, false},
	{MOUNT_ATTR_RDONLY, true},  {MOUNT_ATTR_RDONLY, false}, {MOUNT_ATTR_NOSYMFOLLOW, true},
};

/* What the elements of one list have come to so far. */
struct gather {
	uint32_t seen; /* bits that an element has spoken about */
	uint32_t bits;
	struct pol_list list;
};

static bool unknown_word(struct reader *r, const struct key *key, const config_setting_t *s,
			 const char *const *words)
{
	const char *text = config_setting_get_string(s), *meant = word_suggest(words, text);

	draft_error(r->d, read_where(r, s), "unknown %s \"%.64s\"%s%s%s%s",
		    key->type == TYPE_KINDS ? "namespace" : "option", text, r->place,
		    meant ? " (did you mean \"" : "", meant ? meant : "", meant ? "\"?)" : "");
	return false;
}

static bool said_twice(struct reader *r, const struct key *key, const config_setting_t *s)
{
	draft_error(r->d, read_where(r, s),
		    "'%s'%s has \"%.64s\" in it after another word for the same", key->name,
		    r->place, config_setting_get_string(s));
	return false;
}

static bool add_kind(struct reader *r, const struct key *key, const config_setting_t *s,
		     struct gather *g)
{
	const char *words[NS_KIND_MAX + 1] = {NULL};
	int kind;

	for (size_t i = 0; i < NS_KIND_MAX; i++)
		words[i] = ns_kinds[i].word;
	kind = word_find(words, config_setting_get_string(s));
	if (kind < 0)
		return unknown_word(r, key, s, words);
	if (g->bits & ns_bit((enum ns_kind)kind))
		return said_twice(r, key, s);
	g->bits |= ns_bit((enum ns_kind)kind);
	return true;
}

static bool add_option(struct reader *r, const struct key *key, const config_setting_t *s,
		       struct gather *g)
{
	int option = word_find(option_words, config_setting_get_string(s));

	if (option < 0)
		return unknown_word(r, key, s, option_words);
	if (g->seen & options[option].attr)
		return said_twice(r, key, s);
	g->seen |= options[option].attr;
	if (options[option].is_set)
		g->bits |= options[option].attr;
	else
		g->bits &= ~options[option].attr;
	return true;
}

/* Of the words of a template, a name may have the two that are the user's own. */
static bool has_user_words_only(const char *text)
{
	if (template_check(text) < 0)
		return false;
	for (const char *at = strchr(text, '%'); at; at = strchr(at, '%')) {
		if (at[1] != '%' && strncmp(at, "%{uid}", 6) != 0 && strncmp(at, "%{user}", 7) != 0)
			return false;
		at += 2;
	}
	return true;
}

static bool add_name(struct reader *r, const struct key *key, const config_setting_t *s,
		     struct gather *g)
{
	const char *text = config_setting_get_string(s);
	pol_str str;

	if (!pathname_is_component(text) ||
	    (key->type == TYPE_PATTERNS && !has_user_words_only(text))) {
		draft_error(r->d, read_where(r, s),
			    "'%s'%s has \"%.64s\" in it, which is not a name without \"/\"%s",
			    key->name, r->place, text,
			    key->type == TYPE_PATTERNS ? " (with %{uid} and %{user} at most)" : "");
		return false;
	}
	str = draft_text(r->d, text);
	(void)draft_add(r->d, &r->d->strings, &str); /* failure is sticky */
	g->list.count++;
	return true;
}

static bool add_element(struct reader *r, const struct key *key, const config_setting_t *s,
			struct gather *g)
{
	if (!config_setting_get_string(s)) {
		read_refuse(r, key, s, 0);
		return false;
	}
	if (key->type == TYPE_KINDS)
		return add_kind(r, key, s, g);
	if (key->type == TYPE_OPTIONS)
		return add_option(r, key, s, g);
	return add_name(r, key, s, g);
}

bool read_strings(struct reader *r, const struct key *key, const config_setting_t *s, void *row)
{
	int type = config_setting_type(s), count = config_setting_length(s);
	struct gather g = {
		.bits = key->type == TYPE_OPTIONS ? CHECK_ATTRS_DEFAULT : 0,
		.list.first = (uint32_t)r->d->strings.count,
	};
	bool is_good = true;

	if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST) {
		read_refuse(r, key, s, 0);
		return false;
	}
	if (count > POL_KEEP_MAX) {
		draft_error(r->d, read_where(r, s), "'%s'%s has more than %d elements", key->name,
			    r->place, POL_KEEP_MAX);
		return false;
	}
	for (int i = 0; i < count; i++)
		is_good &= add_element(r, key, config_setting_get_elem(s, (unsigned)i), &g);
	if (key->type == TYPE_KINDS || key->type == TYPE_OPTIONS)
		key_store(key, row, g.bits);
	else
		memcpy((char *)row + key->offset, &g.list, sizeof(g.list));
	return is_good;
}

static bool read_dir(struct reader *r, const config_setting_t *s)
{
	struct draft_dir dir = {
		.row =
			{
				.where = read_where(r, s),
				.mode = 01777,
				.attrs = CHECK_ATTRS_DEFAULT,
			},
	};
	const config_setting_t *path;

	if (config_setting_type(s) != CONFIG_TYPE_GROUP) {
		draft_error(r->d, dir.row.where,
			    "an entry of 'directories' must be a group: { path = \"/tmp\"; ... }");
		return false;
	}
	read_block(r, KEY_DIR, s, &dir, &dir.seen);
	path = config_setting_get_member(s, "path");
	if (path) /* what is wrong with a directory is mostly its path */
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
	(void)snprintf(r->place, sizeof(r->place), " in a directory of policy '%.64s'",
		       draft_str(r->d, p->row.name));
	p->row.dirs.first = (uint32_t)r->d->dirs.count;
	for (int i = 0; i < count; i++)
		is_good &= read_dir(r, config_setting_get_elem(s, (unsigned)i));
	p->row.dirs.count = (uint32_t)r->d->dirs.count - p->row.dirs.first;
	memcpy(r->place, outside, sizeof(outside));
	return is_good;
}
