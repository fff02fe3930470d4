/* SPDX-License-Identifier: MIT */
#include "policy/load.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "policy/draft.h"
#include "policy/files.h"
#include "policy/image.h"
#include "policy/read.h"

static void load_donep(struct draft *d)
{
	draft_done(d);
}

static void load_error(struct draft *d, const char *path, const char *text)
{
	draft_error(d, (struct pol_where){draft_text(d, path), 0}, "%s", text);
}

/* Paths are shown with every message and in the log. */
static bool load_has_control(const char *path)
{
	for (; *path; path++) {
		if ((unsigned char)*path < ' ' || *path == 0x7f)
			return true;
	}
	return false;
}

/* @total counts the bytes of all files. */
static void load_file(struct draft *d, const struct file *file, unsigned flags, size_t *total)
{
	NSI_AUTO_FREE char *text = NULL;
	struct nsi_fail f = {0};
	size_t size;
	int r;

	if (load_has_control(file->path)) {
		load_error(d, "?", "the path of a file has control characters in it");
		return;
	}
	r = files_read(file->path, flags, &text, &size, &f);
	if (r == -ENOMEM)
		d->out_of_memory = true;
	if (r < 0) {
		d->has_gaps = true;
		load_error(d, file->path, f.what);
		return;
	}
	*total += size;
	if (*total > FILES_TOTAL_MAX) {
		load_error(d, file->path, "with this file, the configuration is too large");
		return;
	}
	read_file(d, file->path, text, size, file->is_main);
}

static int load_files(struct draft *d, const struct pol_sources *sources, unsigned flags)
{
	NSI_CLEANUP(files_done) struct file_list list = {0};
	size_t total = 0;
	int r = files_find(d, sources, flags, &list);

	for (size_t i = 0; r == 0 && i < list.count && total <= FILES_TOTAL_MAX; i++) {
		load_file(d, &list.rows[i], flags, &total);
		r = d->out_of_memory ? -ENOMEM : 0;
	}
	return r;
}

struct pol_sources policy_sources(const char *config)
{
	return (struct pol_sources){
		.config = config,
		.vendor = strcmp(config, NSI_CONFIG) == 0 ? NSI_VENDOR_CONFIG : NULL,
	};
}

int policy_load_draft(const struct pol_sources *sources, unsigned flags, struct draft *d,
		      struct pol_image **ret, struct pol_report *report)
{
	int r = draft_init(d, report);

	d->last = sources->last;
	d->names = sources->names;
	d->rundir = sources->rundir ? sources->rundir : NSI_RUNDIR;
	d->statedir = sources->statedir ? sources->statedir : NSI_STATEDIR;
	if (r == 0)
		r = load_files(d, sources, flags);
	return r < 0 ? r : compile_draft(d, ret);
}

int policy_load_from(const struct pol_sources *sources, unsigned flags, struct pol_image **ret,
		     struct pol_report *report)
{
	NSI_CLEANUP(load_donep) struct draft d;

	return policy_load_draft(sources, flags, &d, ret, report);
}

int policy_load(const char *config, unsigned flags, struct pol_image **ret,
		struct pol_report *report)
{
	struct pol_sources sources = policy_sources(config);

	return policy_load_from(&sources, flags, ret, report);
}
