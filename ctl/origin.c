/* SPDX-License-Identifier: MIT */
#include "ctl/origin.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "ctl/ctl.h"
#include "policy/draft.h"
#include "policy/extends.h"
#include "policy/files.h"
#include "policy/report.h"

static void donep(struct draft *d)
{
	draft_done(d);
}

static void add_file(struct origins *o, const char *path)
{
	struct origin_file *file = &o->files[o->count];
	NSI_AUTO_FREE char *text = NULL;
	struct nsi_fail ignored = {""};
	size_t size;

	if (files_read(path, 0, &text, &size, &ignored) < 0)
		return;
	file->path = strdup(path);
	config_init(&file->config);
	if (file->path && config_read_string(&file->config, text) == CONFIG_TRUE) {
		o->count++;
		return;
	}
	config_destroy(&file->config);
	free(file->path);
}

void origins_read(const struct ctl *ctl, struct origins *ret)
{
	NSI_CLEANUP(policy_report_done) struct pol_report report = {0};
	struct pol_sources sources = policy_sources(ctl->config);
	NSI_CLEANUP(files_done) struct file_list list = {0};
	NSI_CLEANUP(donep) struct draft d;

	*ret = (struct origins){0};
	sources.rundir = ctl->rundir;
	sources.statedir = ctl->statedir;
	if (draft_init(&d, &report) < 0 || files_find(&d, &sources, 0, &list) < 0)
		return;
	ret->files = calloc(list.count + 1, sizeof(ret->files[0]));
	for (size_t i = 0; ret->files && i < list.count; i++)
		add_file(ret, list.rows[i].path);
}

void origins_done(struct origins *o)
{
	for (size_t i = 0; i < o->count; i++) {
		config_destroy(&o->files[i].config);
		free(o->files[i].path);
	}
	free(o->files);
	*o = (struct origins){0};
}

/* The block of @policy, and the file it is in. */
static config_setting_t *find_policy(const struct origins *o, const char *policy,
				     const char **ret_file)
{
	for (size_t i = 0; i < o->count; i++) {
		config_setting_t *all = config_lookup(&o->files[i].config, "policies");
		config_setting_t *block = all ? config_setting_get_member(all, policy) : NULL;

		if (block) {
			*ret_file = o->files[i].path;
			return block;
		}
	}
	return NULL;
}

static struct origin at(const char *file, const config_setting_t *s)
{
	return (struct origin){file, config_setting_source_line(s)};
}

/* The entry of @path in the directories of one block, without those of its parents. */
static config_setting_t *find_dir(const config_setting_t *block, const char *path)
{
	config_setting_t *all = config_setting_get_member(block, "directories");
	int count = all ? config_setting_length(all) : 0;

	for (int i = 0; i < count; i++) {
		config_setting_t *dir = config_setting_get_elem(all, (unsigned)i);
		const char *given = NULL;

		if (config_setting_lookup_string(dir, "path", &given) && strcmp(given, path) == 0)
			return dir;
	}
	return NULL;
}

/* The block nearest to @policy, itself first, that says something of what is asked for. */
static config_setting_t *search(const struct origins *o, const char *policy, const char *path,
				const char *key, const char **ret_file)
{
	for (int depth = 0; policy && depth <= EXTENDS_DEPTH_MAX; depth++) {
		config_setting_t *block = find_policy(o, policy, ret_file), *found;
		const char *parent = NULL;

		if (!block)
			return NULL;
		found = path ? find_dir(block, path) : config_setting_get_member(block, key);
		if (found)
			return found;
		(void)config_setting_lookup_string(block, "extends", &parent); /* it may not */
		policy = parent;
	}
	return NULL;
}

struct origin origin_of(const struct origins *o, const char *policy, const char *key)
{
	const char *file = NULL;
	config_setting_t *found = search(o, policy, NULL, key, &file);

	return found ? at(file, found) : (struct origin){0};
}

struct origin origin_of_dir(const struct origins *o, const char *policy, const char *path,
			    const char *key)
{
	const char *file = NULL;
	config_setting_t *dir = search(o, policy, path, key, &file);
	config_setting_t *found = dir ? config_setting_get_member(dir, key) : NULL;

	/* An entry replaces a parent's as a whole: what it does not say is a default. */
	return found ? at(file, found) : (struct origin){0};
}
