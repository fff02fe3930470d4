/* SPDX-License-Identifier: MIT */
#include "policy/compile.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/hash.h"
#include "policy/check.h"
#include "policy/extends.h"
#include "policy/keys.h"
#include "policy/names.h"
#include "policy/report.h"
#include "policy/userns.h"

static uint64_t hash_text(uint64_t hash, const struct draft *d, pol_str str)
{
	const char *text = draft_str(d, str);

	return hash_bytes(hash, text, strlen(text) + 1); /* the NUL keeps "a" "b" from "ab" "" */
}

static uint64_t hash_list(uint64_t hash, const struct draft *d, struct pol_list list)
{
	const pol_str *rows = list.count > 0 ? draft_row(&d->strings, list.first) : NULL;

	hash = hash_u64(hash, list.count);
	for (uint32_t i = 0; i < list.count; i++)
		hash = hash_text(hash, d, rows[i]);
	return hash;
}

static uint64_t hash_dir(uint64_t hash, const struct draft *d, const struct pol_dir *dir)
{
	hash = hash_text(hash, d, dir->path);
	hash = hash_u64(hash, dir->method);
	hash = hash_u64(hash, dir->retain); /* another retention is another instance */
	hash = hash_u64(hash, dir->mode);
	hash = hash_u64(hash, dir->attrs);
	hash = hash_u64(hash, dir->size);
	hash = hash_u64(hash, dir->size_percent);
	hash = hash_u64(hash, dir->inodes);
	hash = hash_u64(hash, dir->quota);
	hash = hash_u64(hash, dir->files);
	hash = hash_list(hash, d, dir->keep);
	return hash_list(hash, d, dir->import);
}

static uint64_t hash_mounts(uint64_t hash, const struct draft *d, struct pol_list list)
{
	hash = hash_u64(hash, list.count);
	for (uint32_t i = 0; i < list.count; i++) {
		const struct pol_mount *m = draft_row(&d->mounts, list.first + i);

		hash = hash_text(hash, d, m->source);
		hash = hash_text(hash, d, m->target);
		hash = hash_u64(hash, m->attrs);
		hash = hash_u64(hash, m->propagation);
		hash = hash_u64(hash, m->recursive);
	}
	return hash;
}

static uint64_t hash_view(uint64_t hash, const struct draft *d, const struct pol_view *v)
{
	hash = hash_mounts(hash, d, v->binds);
	hash = hash_mounts(hash, d, v->hidden);
	hash = hash_mounts(hash, d, v->readonly);
	hash = hash_mounts(hash, d, v->unmounts);
	hash = hash_mounts(hash, d, v->propagations);
	hash = hash_u64(hash, (uint64_t)v->clock.boottime);
	hash = hash_u64(hash, (uint64_t)v->clock.monotonic);
	hash = hash_u64(hash, v->proc.hidepid);
	hash = hash_u64(hash, v->proc.subset);
	hash = hash_list(hash, d, v->sysctls);
	hash = hash_text(hash, d, v->root);
	hash = hash_u64(hash, v->root_method);
	hash = hash_u64(hash, v->user);
	hash = hash_list(hash, d, v->uid_map);
	hash = hash_list(hash, d, v->gid_map);
	return hash_u64(hash, v->home);
}

static uint64_t hash_network(uint64_t hash, const struct draft *d, uint32_t row)
{
	const struct pol_network *n;

	hash = hash_u64(hash, row != 0);
	if (row == 0)
		return hash;
	n = draft_row(&d->networks, row - 1);
	hash = hash_bytes(hash, &n->mode, offsetof(struct pol_network, name));
	hash = hash_text(hash, d, n->name);
	hash = hash_text(hash, d, n->bridge);
	hash = hash_text(hash, d, n->parent);
	hash = hash_text(hash, d, n->firewall);
	hash = hash_list(hash, d, n->pools);
	hash = hash_list(hash, d, n->addresses);
	hash = hash_list(hash, d, n->routes);
	hash = hash_list(hash, d, n->dns);
	hash = hash_list(hash, d, n->interfaces);
	hash = hash_list(hash, d, n->forwards);
	return hash_list(hash, d, n->sysctls);
}

/*
 * What a session can notice.  Not how long a set stays when the last one is gone,
 * who may join it, or what happens on errors: those hold from the next login on.
 */
static uint64_t digest(const struct draft *d, const struct pol_policy *p)
{
	uint64_t hash = hash_text(HASH_START, d, p->name);

	hash = hash_text(hash, d, p->hostname);
	hash = hash_text(hash, d, p->domainname);
	hash = hash_u64(hash, p->kinds);
	hash = hash_u64(hash, p->scope);
	hash = hash_view(hash, d, &p->view);
	hash = hash_network(hash, d, p->network);
	hash = hash_u64(hash, p->limits.memory);
	hash = hash_u64(hash, p->limits.memory_percent);
	hash = hash_u64(hash, p->limits.tasks);
	hash = hash_u64(hash, p->limits.cpu);
	hash = hash_u64(hash, p->dirs.count);
	for (uint32_t i = 0; i < p->dirs.count; i++)
		hash = hash_dir(hash, d, draft_row(&d->final, p->dirs.first + i));
	return hash;
}

/* The row that holds, with the defaults that depend on the policy. */
static struct pol_dir final_dir(const struct draft_policy *p, const struct draft_dir *dir)
{
	struct pol_dir row = dir->row;

	if (row.method != POL_METHOD_DISK)
		row.retain = POL_RETAIN_SESSION;
	else if (!(dir->seen.given & key_bit(K_RETAIN)))
		row.retain =
			p->row.scope == POL_SCOPE_SESSION ? POL_RETAIN_SESSION : POL_RETAIN_BOOT;
	return row;
}

static void finish_policy(struct draft *d, struct draft_policy *p)
{
	struct pol_list list = {.first = (uint32_t)d->final.count};

	for (; list.count < p->row.dirs.count; list.count++) {
		struct pol_dir row = final_dir(p, draft_dir(d, p->row.dirs.first + list.count));

		(void)draft_add(d, &d->final, &row); /* failure is sticky */
	}
	p->row.dirs = list;
	if (p->row.scope == POL_SCOPE_SESSION)
		p->row.linger = 0;
	userns_defaults(d, p);
	if (!d->out_of_memory)
		p->row.digest = digest(d, &p->row);
}

int compile_draft(struct draft *d, struct pol_image **ret)
{
	if (!d->out_of_memory)
		names_index(d);
	if (!d->out_of_memory)
		extends_resolve(d);
	if (!d->out_of_memory) {
		for (size_t i = 0; i < d->policies.count; i++)
			check_policy(d, draft_policy(d, i));
		check_rules(d);
	}
	report_sort(d->report);
	if (d->out_of_memory)
		return -ENOMEM;
	if (d->report->errors > 0)
		return -EINVAL;
	for (size_t i = 0; i < d->policies.count && !d->out_of_memory; i++)
		finish_policy(d, draft_policy(d, i));
	for (size_t i = 0; i < d->rules.count; i++)
		draft_rule(d, i)->row.audit |= d->audit;
	return draft_build(d, ret);
}
