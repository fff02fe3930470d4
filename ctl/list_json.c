/* SPDX-License-Identifier: MIT */
/* The answer of "list --json" */
#include "ctl/list.h"
#include "ctl/policy.h"
#include "ctl/say.h"
#include "policy/kept.h"

static json_t *json_namespaces(const struct view *v)
{
	json_t *o = json_object();

	for (int type = 0; type < NS_TYPE_MAX; type++)
		if (v->rec.ns.ino[type])
			(void)json_object_set_new(o, ns_types[type].brief,
						  json_integer((json_int_t)v->rec.ns.ino[type]));
	return o;
}

/* The namespaces that are the set's own, by their words in a policy. */
static json_t *json_types(const struct view *v)
{
	json_t *a = json_array();

	for (int type = 0; type < NS_TYPE_MAX; type++)
		if (v->rec.types & ns_bit(type))
			(void)json_array_append_new(a, json_string(ns_types[type].word));
	return a;
}

static json_t *json_sessions(const struct view *v)
{
	json_t *a = json_array();

	for (unsigned i = 0; i < v->session_count; i++) {
		const struct session_record *s = &v->sessions[i];

		(void)json_array_append_new(
			a, json_pack("{s:i, s:I, s:o, s:o, s:I}", "pid", s->pid, "uid",
				     (json_int_t)s->uid, "service", json_text(s->service), "tty",
				     json_text(s->tty), "since", (json_int_t)s->since));
	}
	return a;
}

static json_t *json_one_dir(const struct record_dir *dir, const struct usage *u)
{
	json_t *o =
		json_pack("{s:o, s:s}", "path", json_text(dir->path), "method", list_method(dir));

	(void)json_object_set_new(o, "used", json_number(u->is_known, u->used));
	(void)json_object_set_new(o, "size", json_count(u->size));
	(void)json_object_set_new(o, "files", json_number(u->is_known, u->inodes_used));
	(void)json_object_set_new(o, "files_max", json_count(u->inodes));
	(void)json_object_set_new(o, "partial", json_boolean(u->is_partial));
	return o;
}

static json_t *json_dirs(const struct listing *l)
{
	json_t *a = json_array();

	for (uint32_t i = 0; i < l->view->rec.dir_count; i++)
		(void)json_array_append_new(a, json_one_dir(&l->view->rec.dirs[i], &l->usage[i]));
	return a;
}

static json_t *json_network(const struct net_record *n)
{
	json_t *a = json_array();

	for (int i = 0; i < NET_FAMILIES; i++)
		if (n->address[i][0])
			(void)json_array_append_new(a, json_text(n->address[i]));
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "mode", json_text(n->mode), "addresses", a,
			 "bridge", json_text(n->bridge), "parent", json_text(n->parent), "name",
			 json_text(network_name(n)));
}

static json_t *json_limits(const struct limits *l)
{
	if (!l->is_known)
		return json_null();
	return json_pack("{s:I, s:I, s:o, s:o, s:o}", "tasks", (json_int_t)l->tasks, "memory",
			 (json_int_t)l->memory, "tasks_max", json_count(l->tasks_max), "memory_max",
			 json_count(l->memory_max), "cpu", json_count(l->cpu));
}

/* Values that an ordinary user cannot read are left out. */
static json_t *json_set(const struct listing *l)
{
	const struct view *v = l->view;
	json_t *o = json_pack("{s:I, s:o, s:I, s:I, s:o, s:o, s:I, s:o}", "set",
			      (json_int_t)v->rec.id, "user", json_text(v->rec.user), "uid",
			      (json_int_t)v->rec.uid, "gid", (json_int_t)v->rec.gid, "policy",
			      json_text(v->rec.policy), "namespaces", json_namespaces(v),
			      "processes", (json_int_t)v->processes, "directories", json_dirs(l));

	if (v->is_own)
		return o;
	(void)json_object_update_new(
		o, json_pack("{s:s, s:s, s:o, s:I, s:o, s:o, s:o}", "scope", view_scope_name(v),
			     "state", view_state_name(v->state), "kinds", json_types(v), "created",
			     (json_int_t)v->rec.created, "hostname", json_text(v->rec.hostname),
			     "rule", json_text(v->rec.rule), "sessions", json_sessions(v)));
	(void)json_object_set_new(o, "job",
				  v->rec.job_id ? json_text(v->rec.job_name) : json_null());
	(void)json_object_set_new(o, "stale", json_boolean(l->is_stale));
	(void)json_object_set_new(o, "network", json_network(&l->network));
	(void)json_object_set_new(o, "limits", json_limits(&l->limits));
	(void)json_object_set_new(
		o, "holder", json_count(v->rec.end.holder > 0 ? (uint64_t)v->rec.end.holder : 0));
	(void)json_object_set_new(o, "view",
				  json_pack("{s:b, s:o}", "lost", v->rec.view_lost, "note",
					    v->rec.view[0] ? json_text(v->rec.view) : json_null()));
	(void)json_object_set_new(o, "anchor",
				  json_number(v->has_anchor, (uint64_t)v->rec.anchor_pid));
	return o;
}

static json_t *json_in_force(const struct in_force *in_force, uint64_t fingerprint)
{
	char text[FINGERPRINT_SIZE];

	if (!in_force)
		return json_null();
	return json_pack(
		"{s:s, s:I, s:o, s:o}", "state", in_force_name(in_force->state), "since",
		(json_int_t)in_force->since, "config", json_text(in_force->config), "fingerprint",
		fingerprint ? json_text(stale_fingerprint_text(fingerprint, text)) : json_null());
}

int list_print_json(const struct listing *rows, unsigned count, const struct in_force *in_force,
		    uint64_t fingerprint)
{
	json_t *answer = json_answer(), *sets = json_array();

	/* Without memory these do nothing, and json_print() says so. */
	for (unsigned i = 0; i < count; i++)
		(void)json_array_append_new(sets, json_set(&rows[i]));
	(void)json_object_set_new(answer, "sets", sets);
	(void)json_object_set_new(answer, "policy", json_in_force(in_force, fingerprint));
	return json_print(answer);
}
