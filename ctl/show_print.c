/* SPDX-License-Identifier: MIT */
/* The view of one login, as text and as JSON */
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/person.h"
#include "ctl/say.h"
#include "ctl/show.h"
#include "policy/draft.h"
#include "policy/image.h"
#include "policy/keys.h"
#include "policy/template.h"

enum {
	WHERE_SIZE = PATH_MAX + 16
};

static const char *show_format_where(const struct verdict *v, struct pol_where where,
				     char buf[WHERE_SIZE])
{
	text_fmt(buf, WHERE_SIZE, "%s:%u", policy_str(v->image, where.file), where.line);
	return buf;
}

static const char *show_format_origin(const struct verdict *v, struct key_origin o,
				      char buf[WHERE_SIZE])
{
	if (!o.file) /* of a policy without its draft it is not known */
		return v->draft->policies.count ? "default" : NULL;
	text_fmt(buf, WHERE_SIZE, "%s:%u", o.file, o.line);
	return buf;
}

/* The hostname that a session would see; "" if the policy gives it none. */
static void show_expand_hostname(const struct verdict *v, char *buf, size_t size)
{
	const char *template = v->policy ? policy_str(v->image, v->policy->hostname) : "";
	const struct person *user = &v->login->user;
	char host[HOST_NAME_MAX + 1] = "", group[32];
	struct template_values values = {
		.user = user->name,
		.group = group, /* the name would take another look-up; it is rare in a hostname */
		.host = host,
		.service = v->login->service,
		.home = user->home,
		.uid = user->uid,
		.gid = user->gid,
	};

	buf[0] = '\0';
	text_fmt(group, sizeof(group), "%u", user->gid);
	(void)gethostname(host, sizeof(host) - 1); /* "" then */
	host[strcspn(host, ".")] = '\0';
	if (template[0] && !strstr(template, "%{group}") &&
	    template_hostname(template, &values, buf, size) < 0)
		buf[0] = '\0';
}

static uint32_t show_policy_row(const struct verdict *v)
{
	return (uint32_t)(v->policy - policy_get(v->image, 0));
}

static int show_add(struct libscols_table *t, const char *key, const char *value, const char *from)
{
	const char *cells[] = {key, value, from};
	const bool dim[] = {false, false, true};

	return grid_row(t, cells, 3, dim);
}

static int show_add_login(struct libscols_table *t, const struct verdict *v)
{
	const struct login *l = v->login;
	char user[NSI_NAME_SIZE + 40];
	const struct {
		const char *key, *value; /* NULL: not asked for */
	} rows[] = {
		{"user", user},
		{"service", l->service},
		{"tty", l->tty[0] ? l->tty : NULL},
		{"rhost", l->rhost[0] ? l->rhost : NULL},
		{"from user", l->caller.uid ? l->caller.name : NULL},
	};
	int r;

	text_fmt(user, sizeof(user), "%s (uid %u, gid %u)", l->user.name, l->user.uid, l->user.gid);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].value)
			continue;
		r = show_add(t, rows[i].key, rows[i].value, "as asked");
		if (r < 0)
			return r;
	}
	return 0;
}

static int show_add_traits(struct libscols_table *t, const struct verdict *v)
{
	NSI_CLEANUP(traits_done) struct traits traits;
	char where[WHERE_SIZE], host[256], text[TRAIT_TEXT + sizeof(host)];
	int r = 0;

	traits_of_policy(v->image, v->policy, &traits);
	show_expand_hostname(v, host, sizeof(host));
	for (unsigned i = 0; i < traits.count && r == 0; i++) {
		const struct trait *row = &traits.rows[i];
		struct key_origin origin = origin_of(v->draft, show_policy_row(v), row->key);
		bool is_hostname = row->key == K_HOSTNAME && host[0];

		text_fmt(text, sizeof(text), "%s%s%s%s", row->text, is_hostname ? " (here: " : "",
			 is_hostname ? host : "", is_hostname ? ")" : "");
		r = show_add(t, keys[row->key].name, text, show_format_origin(v, origin, where));
	}
	return r;
}

/* Whether the host's mount at @dir forbids what the policy leaves open: see "options" in nsisolate.conf(5). */
static bool show_dir_inherits_noexec(const struct verdict *v, const struct pol_dir *dir)
{
	const uint32_t said = MOUNT_ATTR_NOEXEC | POL_ATTR_EXEC;
	struct statvfs fs;

	return !(dir->attrs & said) && statvfs(policy_str(v->image, dir->path), &fs) == 0 &&
	       (fs.f_flag & ST_NOEXEC);
}

/* "/tmp  tmpfs, mode 1777, nosuid nodev": the path and what is set of the rest. */
static int show_add_dir(struct libscols_table *t, const struct verdict *v,
			const struct pol_dir *dir)
{
	NSI_CLEANUP(traits_done) struct traits traits;
	char where[WHERE_SIZE], text[4096] = "";
	size_t used = 0;

	traits_of_dir(v->image, dir, &traits);
	for (unsigned i = 0; i < traits.count && used < sizeof(text); i++) {
		const struct trait *row = &traits.rows[i];

		if (row->key != K_PATH && row->text[0])
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s = %s",
						 used ? "; " : "", keys[row->key].name, row->text);
	}
	if (show_dir_inherits_noexec(v, dir) && used < sizeof(text))
		text_fmt(text + used, sizeof(text) - used, "%snoexec, inherited from the host's %s",
			 used ? "; " : "", policy_str(v->image, dir->path));
	return show_add(t, policy_str(v->image, dir->path), text,
			show_format_where(v, dir->where, where));
}

static int show_add_policy(struct libscols_table *t, const struct verdict *v)
{
	char where[WHERE_SIZE];
	int r = show_add(t, "policy", policy_str(v->image, v->policy->name),
			 show_format_where(v, v->policy->where, where));

	if (r < 0)
		return r;
	r = show_add_traits(t, v);
	for (uint32_t i = 0; i < v->policy->dirs.count && r == 0; i++)
		r = show_add_dir(t, v, policy_dir(v->image, v->policy->dirs.first + i));
	return r;
}

int show_print_text(const struct verdict *v)
{
	static const struct grid_column columns[] = {
		{.name = ""}, {.name = "", .is_wrapped = true}, {.name = ""}};
	struct libscols_table *t = grid_new(columns, 3, false);
	char where[WHERE_SIZE];
	int r = t ? show_add_login(t, v) : -1;

	if (r == 0)
		r = show_add(t, "outcome", v->outcome,
			     v->rule ? show_format_where(v, v->rule->where, where) : NULL);
	if (r == 0 && v->rule && v->rule->on_error < POL_ERROR_MAX)
		r = show_add(t, "rule on_error", keys[K_RULE_ON_ERROR].words[v->rule->on_error],
			     where);
	if (r == 0 && v->policy)
		r = show_add_policy(t, v);
	return grid_print(t, r);
}

static json_t *show_json_where(const struct verdict *v, struct pol_where where)
{
	return json_pack("{s:o, s:I}", "file", json_text(policy_str(v->image, where.file)), "line",
			 (json_int_t)where.line);
}

static json_t *show_json_origin(struct key_origin o)
{
	return o.file ? json_pack("{s:o, s:I}", "file", json_text(o.file), "line",
				  (json_int_t)o.line)
		      : json_null();
}

static json_t *show_json_dir(const struct verdict *v, uint32_t number, const struct pol_dir *dir)
{
	json_t *o = json_object(), *from = json_object(), *inherited = json_array();
	struct traits traits;

	traits_of_dir(v->image, dir, &traits);
	for (unsigned i = 0; i < traits.count; i++) {
		const enum key_id key = traits.rows[i].key;

		(void)json_object_set(o, keys[key].name, traits.rows[i].json);
		(void)json_object_set_new(
			from, keys[key].name,
			show_json_origin(origin_of_dir(v->draft, show_policy_row(v), number, key)));
	}
	traits_done(&traits);
	if (show_dir_inherits_noexec(v, dir))
		(void)json_array_append_new(inherited, json_string("noexec"));
	(void)json_object_set_new(o, "inherited", inherited);
	(void)json_object_set_new(o, "where", show_json_where(v, dir->where));
	(void)json_object_set_new(o, "origin", from);
	return o;
}

static json_t *show_json_policy(const struct verdict *v)
{
	const char *name = policy_str(v->image, v->policy->name);
	json_t *o = json_object(), *from = json_object(), *dirs = json_array();
	struct traits traits;
	char host[256];

	(void)json_object_set_new(o, "name", json_text(name));
	(void)json_object_set_new(o, "where", show_json_where(v, v->policy->where));
	traits_of_policy(v->image, v->policy, &traits);
	for (unsigned i = 0; i < traits.count; i++) {
		const enum key_id key = traits.rows[i].key;

		(void)json_object_set(o, keys[key].name, traits.rows[i].json);
		(void)json_object_set_new(
			from, keys[key].name,
			show_json_origin(origin_of(v->draft, show_policy_row(v), key)));
	}
	traits_done(&traits);
	for (uint32_t i = 0; i < v->policy->dirs.count; i++)
		(void)json_array_append_new(
			dirs, show_json_dir(v, i, policy_dir(v->image, v->policy->dirs.first + i)));
	(void)json_object_set_new(o, "directories", dirs);
	(void)json_object_set_new(o, "origin", from);
	show_expand_hostname(v, host, sizeof(host));
	if (host[0])
		(void)json_object_set_new(o, "hostname_here", json_text(host));
	return o;
}

static const char *show_action(const struct pol_rule *rule)
{
	static const char *const names[POL_ACTION_MAX] = {"policy", "skip", "host"};

	return rule ? names[rule->action] : "none";
}

int show_print_json(const struct verdict *v)
{
	const struct login *l = v->login;
	json_t *answer = json_answer();

	/* Without memory these do nothing, and json_print() says so. */
	(void)json_object_update_new(
		answer,
		json_pack("{s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:s, s:o, s:b}", "user",
			  json_text(l->user.name), "uid", (json_int_t)l->user.uid, "gid",
			  (json_int_t)l->user.gid, "service", json_text(l->service), "tty",
			  json_text(l->tty), "rhost", json_text(l->rhost), "from_user",
			  json_text(l->caller.name), "action", show_action(v->rule), "outcome",
			  json_text(v->outcome), "audit", v->rule && v->rule->audit));
	(void)json_object_set_new(answer, "rule",
				  v->rule ? show_json_where(v, v->rule->where) : json_null());
	(void)json_object_set_new(answer, "policy", v->policy ? show_json_policy(v) : json_null());
	return json_print(answer);
}

static struct key_origin show_origin_at(const struct draft *d, struct pol_where where)
{
	return where.line ? (struct key_origin){draft_str(d, where.file), where.line}
			  : (struct key_origin){0};
}

struct key_origin origin_of(const struct draft *d, uint32_t row, enum key_id id)
{
	return row < d->policies.count ? show_origin_at(d, draft_policy(d, row)->at[key_index(id)])
				       : (struct key_origin){0};
}

struct key_origin origin_of_dir(const struct draft *d, uint32_t row, uint32_t i, enum key_id id)
{
	if (row >= d->policies.count)
		return (struct key_origin){0};
	i += draft_policy(d, row)->read_dirs.first;
	return show_origin_at(d, draft_dir(d, i)->at[key_index(id)]);
}
