/* SPDX-License-Identifier: MIT */
#include "ctl/enabled.h"

#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "ctl/ctl.h"
#include "ctl/policy.h"
#include "policy/files.h"
#include "policy/load.h"

static const char enabled_head[] = "# Written by \"nsisolate enable\" and \"nsisolate disable\", "
				   "which rewrite it; see nsisolate(8).\n"
				   "version = 1;\n"
				   "rules_first = true;\n"
				   "rules = (\n";

void enabled_done(struct enabled *e)
{
	for (size_t i = 0; i < e->count; i++) {
		free(e->rows[i].user);
		free(e->rows[i].policy);
	}
	free(e->rows);
	e->rows = NULL;
	e->count = 0;
}

/* The row of @user, or NULL. */
static struct enabled_row *enabled_find(const struct enabled *e, const char *user)
{
	for (size_t i = 0; i < e->count; i++)
		if (strcmp(e->rows[i].user, user) == 0)
			return &e->rows[i];
	return NULL;
}

int enabled_set(struct enabled *e, const char *user, const char *policy)
{
	struct enabled_row *row = enabled_find(e, user);
	char *copy = policy ? strdup(policy) : NULL;

	if (policy && !copy)
		return -ENOMEM;
	if (!row) {
		struct enabled_row *more = realloc(e->rows, (e->count + 1) * sizeof(*more));
		char *name = strdup(user);

		if (more)
			e->rows = more;
		if (!more || !name) {
			free(name);
			free(copy);
			return -ENOMEM;
		}
		row = &e->rows[e->count++];
		*row = (struct enabled_row){.user = name};
	}
	free(row->policy);
	row->policy = copy;
	return 0;
}

int enabled_remove(struct enabled *e, const char *user)
{
	struct enabled_row *row = enabled_find(e, user);
	size_t at;

	if (!row)
		return false;
	free(row->user);
	free(row->policy);
	at = (size_t)(row - e->rows);
	memmove(row, row + 1, (e->count - at - 1) * sizeof(*row));
	e->count--;
	return true;
}

/* One rule of the file: a user, and a policy or "skip"; nothing else. */
static int enabled_read_rule(struct enabled *e, const config_setting_t *s)
{
	const char *user = NULL, *policy = NULL, *action = NULL;

	if (!config_setting_is_group(s) || config_setting_length(s) != 2 ||
	    !config_setting_lookup_string(s, "user", &user))
		return -EINVAL;
	if (config_setting_lookup_string(s, "policy", &policy))
		return enabled_set(e, user, policy);
	if (config_setting_lookup_string(s, "action", &action) && strcmp(action, "skip") == 0)
		return enabled_set(e, user, NULL);
	return -EINVAL;
}

static int enabled_refuse(const struct enabled *e, unsigned line, struct nsi_fail *f)
{
	return fail_set(f, EINVAL,
			"%s:%u: this was not written by enable or disable; move it to another "
			"drop-in",
			e->path, line);
}

static int enabled_parse(struct enabled *e, const char *text, struct nsi_fail *f)
{
	const config_setting_t *rules;
	NSI_CLEANUP(config_destroy) config_t config;

	config_init(&config);
	if (!config_read_string(&config, text))
		return enabled_refuse(e, config_error_line(&config), f);
	rules = config_lookup(&config, "rules");
	if (!rules || config_setting_length(config_root_setting(&config)) != 3)
		return enabled_refuse(e, 0, f);
	for (int i = 0; i < config_setting_length(rules); i++) {
		const config_setting_t *s = config_setting_get_elem(rules, (unsigned)i);
		int r = enabled_read_rule(e, s);

		if (r == -EINVAL)
			return enabled_refuse(e, config_setting_source_line(s), f);
		if (r < 0)
			return fail_errno(f, r, "cannot read %s", e->path);
	}
	return 0;
}

int enabled_read(const struct ctl *ctl, struct enabled *ret, struct nsi_fail *f)
{
	NSI_AUTO_FREE char *text = NULL;
	size_t size;
	int r;

	*ret = (struct enabled){0};
	if (files_dropin_dir(ctl->config, ret->dir, sizeof(ret->dir)) < 0 ||
	    snprintf(ret->path, sizeof(ret->path), "%s/" ENABLED_FILE, ret->dir) >=
		    (int)sizeof(ret->path))
		return fail_set(f, ENAMETOOLONG, "the path %s is too long", ctl->config);
	r = files_read(ret->path, 0, &text, &size, f);
	if (r == -ENOENT) {
		f->what[0] = '\0';
		return 0;
	}
	return r < 0 ? r : enabled_parse(ret, text, f);
}

int enabled_lock(const struct enabled *e, struct nsi_fail *f)
{
	NSI_AUTO_FD int dir = -EBADF;

	(void)umask(0);
	dir = path_open_trusted(e->dir, O_RDONLY | O_DIRECTORY, PATH_ROOT_OWNED, f);
	if (dir == -ENOENT) {
		f->what[0] = '\0';
		dir = path_make_trusted_dir(e->dir, 0755, f);
	}
	if (dir < 0)
		return dir;
	if (flock(dir, LOCK_EX) < 0)
		return fail_errno(f, errno, "cannot lock %s", e->dir);
	return nsi_take_fd(&dir);
}

/* The text of the file, owned by the caller; NULL without memory. */
static char *enabled_format(const struct enabled *e, size_t *ret_size)
{
	char *text = NULL;
	FILE *to = open_memstream(&text, ret_size);

	if (!to)
		return NULL;
	(void)fputs(enabled_head, to);
	for (size_t i = 0; i < e->count; i++) {
		const struct enabled_row *row = &e->rows[i];

		(void)fputs("  { user = ", to);
		policy_print_string(to, row->user);
		(void)fputs(row->policy ? "; policy = " : "; action = ", to);
		policy_print_string(to, row->policy ? row->policy : "skip");
		(void)fputs(i + 1 < e->count ? "; },\n" : "; }\n", to);
	}
	(void)fputs(");\n", to);
	if (fclose(to) != 0) { /* the one place where lack of memory shows */
		free(text);
		return NULL;
	}
	return text;
}

/* Loads the configuration with the draft in the place of the file. */
static int enabled_check(const struct ctl *ctl)
{
	NSI_CLEANUP(policy_report_done) struct pol_report report = {0};
	struct pol_sources sources = policy_sources_of(ctl);
	NSI_AUTO_FREE struct pol_image *image = NULL;
	int r;

	sources.draft = ENABLED_FILE;
	r = policy_load_from(&sources, 0, &image, &report);
	for (size_t i = 0; r < 0 && i < report.count; i++)
		if (report.messages[i].severity == POL_ERROR)
			policy_say(&report.messages[i]);
	return r;
}

static const char enabled_draft[] = ENABLED_FILE POL_DRAFT_SUFFIX;

/* The draft on the disk, so that a power cut leaves the old file or the new one. */
static int enabled_sync(int dir)
{
	NSI_AUTO_FD int fd = openat(dir, enabled_draft, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* Checks the draft and gives it its name; one that enables nothing removes the file.  Returns 0 or -errno. */
static int enabled_put(const struct ctl *ctl, const struct enabled *e, int dir, struct nsi_fail *f)
{
	int r = enabled_check(ctl);

	if (r == -EINVAL)
		return fail_set(f, EINVAL, "the configuration would have errors: %s is as it was",
				e->path);
	if (r < 0)
		return fail_errno(f, r, "cannot check %s%s", e->path, POL_DRAFT_SUFFIX);
	r = enabled_sync(dir);
	if (r < 0)
		return fail_errno(f, r, "cannot write %s%s to the disk", e->path, POL_DRAFT_SUFFIX);
	if (e->count > 0 && renameat(dir, enabled_draft, dir, ENABLED_FILE) < 0)
		return fail_errno(f, errno, "cannot put %s in place", e->path);
	if (e->count == 0 && unlinkat(dir, ENABLED_FILE, 0) < 0 && errno != ENOENT)
		return fail_errno(f, errno, "cannot remove %s", e->path);
	return 0;
}

int enabled_write(const struct ctl *ctl, const struct enabled *e, int dir, struct nsi_fail *f)
{
	NSI_AUTO_FREE char *text = NULL;
	size_t size = 0;
	int r;

	text = enabled_format(e, &size);
	if (!text)
		return fail_set(f, ENOMEM, "no memory for %s", e->path);
	r = path_write_file(dir, enabled_draft, 0644, text, size);
	if (r < 0)
		return fail_errno(f, r, "cannot write %s%s", e->path, POL_DRAFT_SUFFIX);
	r = enabled_put(ctl, e, dir, f);
	if (r < 0 || e->count == 0)
		(void)unlinkat(dir, enabled_draft, 0); /* nobody reads one that stays */
	if (r < 0)
		return r;
	(void)fsync(dir); /* else the old one is there after a power cut */
	return 0;
}
