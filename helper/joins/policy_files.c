/* SPDX-License-Identifier: MIT */
/* The list of the policy's files in the page of joins */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "joins/joins.h"
#include "load/loader.h"
#include "policy/files.h"
#include "policy/image.h"
#include "policy/load.h"

static int joins_add_file(struct join_files *files, const char *path)
{
	struct join_file *row = &files->row[files->count];

	if (files->count == JOIN_FILES || strlen(path) >= sizeof(row->path))
		return -E2BIG;
	join_file_look(path, row);
	files->count++;
	/* A directory that has just changed may change again in the same tick of the clock. */
	if (S_ISDIR(row->mode) && row->ctime_s + 2 >= (uint64_t)time(NULL))
		return -EAGAIN;
	return 0;
}

/* A file and what is beside it in its drop-in directory, as policy_fingerprint_from() has them. */
static int joins_add_config(struct join_files *files, const char *config)
{
	NSI_AUTO_DIR DIR *stream = NULL;
	const struct dirent *e;
	char dir[PATH_MAX], path[PATH_MAX + NAME_MAX + 2];
	const char *slash = strrchr(config, '/');
	int r;

	/* A directory that is not there has neither. */
	(void)snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - config) : 0, config);
	if (dir[0] && access(dir, F_OK) < 0 && errno == ENOENT)
		return joins_add_file(files, dir);
	r = joins_add_file(files, config);
	if (r < 0 || files_dropin_dir(config, dir, sizeof(dir)) < 0)
		return r;
	r = joins_add_file(files, dir);
	stream = r < 0 ? NULL : opendir(dir);
	while (stream && r == 0 && (e = readdir(stream)) != NULL) {
		if (!files_is_dropin(e->d_name))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name); /* room was made */
		r = joins_add_file(files, path);
	}
	return r;
}

/* Whether a rule names a group: no other number of /etc/group tells one login from another. */
static bool joins_needs_groups(const struct pol_image *image)
{
	for (uint32_t i = 0; i < image->table[POL_TABLE_RULES].count; i++) {
		const struct pol_rule *rule = policy_rule(image, i);

		if (rule->match[POL_GROUP].count || rule->match[POL_FROM_GROUP].count)
			return true;
	}
	return false;
}

/*
 * The page lists the files as they are, if they are those of the policy in force.  First the list, then the
 * fingerprint: a change between the two shows in one of them.
 */
bool joins_list_files(struct joins *j, struct loader *l)
{
	struct join_files files = {0};
	int r = joins_add_config(&files, l->sources.config);

	if (r == 0 && l->sources.vendor)
		r = joins_add_config(&files, l->sources.vendor);
	if (r == 0 && joins_needs_groups(l->image))
		r = joins_add_file(&files, "/etc/group");
	if (r < 0 || policy_fingerprint_again(&l->sources, &l->looks) != l->fingerprint)
		return false;
	if (memcmp(&files, &j->page->files, sizeof(files)) != 0)
		join_put_files(j->page, &files);
	return true;
}
