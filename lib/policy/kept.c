/* SPDX-License-Identifier: MIT */
#include "policy/kept.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/text.h"
#include "policy/draft.h"
#include "policy/files.h"
#include "policy/image.h"
#include "policy/load.h"

#define NEW_DIR    "policy.new"
#define MAIN_FILE  "nsisolate.conf"
#define DROPIN_DIR "nsisolate.d"
#define ORIGIN     "origin"

enum {
	ORIGIN_SIZE = PATH_MAX + 80
};

static const char *kept_statedir_of(const struct pol_sources *sources)
{
	return sources->statedir ? sources->statedir : NSI_STATEDIR;
}

/* Removes a copy, or what is there of one. */
static void kept_remove_copy(int state_fd, const char *name)
{
	NSI_AUTO_FD int dir =
		path_open(state_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, PATH_XDEV_NO);
	NSI_AUTO_DIR DIR *dropins = dir >= 0 ? path_list(dir, DROPIN_DIR) : NULL;
	struct dirent *e;

	/* Failure is harmless: a file that stays is removed before the next copy is made. */
	while (dropins && (e = readdir(dropins)) != NULL)
		if (e->d_type != DT_DIR)
			(void)unlinkat(dirfd(dropins), e->d_name, 0);
	if (dir < 0)
		return;
	(void)unlinkat(dir, DROPIN_DIR, AT_REMOVEDIR);
	(void)unlinkat(dir, MAIN_FILE, 0);
	(void)unlinkat(dir, ORIGIN, 0);
	(void)unlinkat(state_fd, name, AT_REMOVEDIR);
}

/* Written and on the disk: a copy that a power cut leaves empty would be none. */
static int kept_create_synced(int dir, const char *name, const char *text, size_t size)
{
	NSI_AUTO_FD int fd = -EBADF;
	int r = path_create_file(dir, name, 0600, text, size);

	if (r < 0)
		return r;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static const char *kept_base_name(const struct file *file)
{
	const char *slash = strrchr(file->path, '/');

	return file->is_main ? MAIN_FILE : slash ? slash + 1 : file->path;
}

/* One file into @to and its @dropins, or, with -EBADF for them, into the sum alone. */
static int kept_take_file(const struct file *file, int to, int dropins, uint64_t *sum,
			  struct nsi_fail *f)
{
	NSI_AUTO_FREE char *text = NULL;
	const char *name = kept_base_name(file);
	size_t size;
	int r = files_read(file->path, 0, &text, &size, f);

	if (r < 0)
		return r;
	size--; /* the line end that files_read() appends */
	*sum = hash_bytes(*sum, name, strlen(name) + 1);
	*sum = hash_bytes(hash_u64(*sum, size), text, size);
	if (to < 0)
		return 0;
	r = kept_create_synced(file->is_main ? to : dropins, name, text, size);
	return r < 0 ? fail_errno(f, r, "cannot write a copy of %s", file->path) : 0;
}

static int kept_take_all(const struct file_list *list, int to, int dropins, uint64_t *ret_sum,
			 struct nsi_fail *f)
{
	int r = 0;

	*ret_sum = HASH_START;
	for (size_t i = 0; r == 0 && i < list->count; i++)
		r = kept_take_file(&list->rows[i], to, dropins, ret_sum, f);
	return r;
}

static void kept_write_origin(char text[ORIGIN_SIZE], uint64_t sum, const char *config)
{
	text_fmt(text, ORIGIN_SIZE, "nsisolate-policy 1 sum=%016" PRIx64 " config=%s\n", sum,
		 config);
}

/* Whether the copy is of this configuration, and, with a @sum, of these files. */
static bool kept_is_of(int state_fd, const char *config, const uint64_t *sum)
{
	char is[ORIGIN_SIZE], want[ORIGIN_SIZE];
	uint64_t has;

	if (fd_read_file(state_fd, KEPT_DIR "/" ORIGIN, is, sizeof(is)) < 0 ||
	    sscanf(is, "nsisolate-policy 1 sum=%16" SCNx64, &has) != 1)
		return false;
	kept_write_origin(want, sum ? *sum : has, config);
	return strcmp(is, want) == 0;
}

/* The sources by which a copy is read. */
static struct pol_sources kept_sources_at(const struct pol_sources *sources, const char *dir,
					  char path[PATH_MAX])
{
	text_fmt(path, PATH_MAX, "%s/%s/" MAIN_FILE, kept_statedir_of(sources), dir);
	return (struct pol_sources){
		.config = path,
		.rundir = sources->rundir,
		.statedir = sources->statedir,
		.names = sources->names,
	};
}

static int kept_load_at(const struct pol_sources *sources, const char *dir, struct pol_image **ret)
{
	NSI_CLEANUP(policy_report_done) struct pol_report report = {0};
	char path[PATH_MAX];
	struct pol_sources at = kept_sources_at(sources, dir, path);

	return policy_load_from(&at, 0, ret, &report);
}

static int kept_make_copy(const struct pol_sources *sources, const struct file_list *list,
			  int state_fd, struct nsi_fail *f)
{
	NSI_AUTO_FD int to = path_make_dir(state_fd, NEW_DIR, 0700, f);
	NSI_AUTO_FD int dropins = to < 0 ? to : path_make_dir(to, DROPIN_DIR, 0700, f);
	NSI_AUTO_FREE struct pol_image *image = NULL;
	char origin[ORIGIN_SIZE];
	uint64_t sum;
	int r = dropins < 0 ? dropins : kept_take_all(list, to, dropins, &sum, f);

	if (r < 0)
		return r;
	kept_write_origin(origin, sum, sources->config);
	r = kept_create_synced(to, ORIGIN, origin, strlen(origin));
	if (r < 0)
		return fail_errno(f, r, "cannot write the copy of the policy");
	if (kept_load_at(sources, NEW_DIR, &image) < 0)
		return fail_set(f, ESTALE, "the files have changed meanwhile");
	return fsync(to) < 0 || fsync(dropins) < 0
		       ? fail_errno(f, errno, "cannot write the copy of the policy")
		       : 0;
}

/* The new copy in place of the old one; at no time is there none. */
static int kept_put_in_place(int state_fd, struct nsi_fail *f)
{
	if (renameat2(state_fd, NEW_DIR, state_fd, KEPT_DIR, RENAME_EXCHANGE) < 0) {
		/* This file system cannot exchange two names: for a moment there is no copy. */
		if (errno == EINVAL)
			kept_remove_copy(state_fd, KEPT_DIR);
		if (renameat(state_fd, NEW_DIR, state_fd, KEPT_DIR) < 0)
			return fail_errno(f, errno, "cannot put the copy of the policy in place");
	}
	(void)fsync(state_fd); /* else the old one is there after a power cut */
	return 0;
}

int kept_save(const struct pol_sources *sources, struct nsi_fail *f)
{
	NSI_CLEANUP(policy_report_done) struct pol_report report = {0};
	NSI_CLEANUP(files_done) struct file_list list = {0};
	NSI_CLEANUP(draft_done) struct draft d;
	NSI_AUTO_FD int state = -EBADF;
	uint64_t sum;
	int r = draft_init(&d, &report);

	if (r < 0)
		return fail_errno(f, r, "cannot list the files of the policy");
	state = path_make_trusted_dir(kept_statedir_of(sources), 0700, f);
	if (state < 0)
		return state;
	if (flock(state, LOCK_EX) < 0) /* two edits in a row make two of us */
		return fail_errno(f, errno, "cannot lock %s", kept_statedir_of(sources));
	r = files_find(&d, sources, 0, &list);
	if (r < 0)
		return fail_errno(f, r, "cannot list the files of the policy");
	r = kept_take_all(&list, -EBADF, -EBADF, &sum, f);
	if (r < 0)
		return r;
	if (kept_is_of(state, sources->config, &sum))
		return 0;
	kept_remove_copy(state, NEW_DIR);
	r = kept_make_copy(sources, &list, state, f);
	r = r < 0 ? r : kept_put_in_place(state, f);
	kept_remove_copy(state, NEW_DIR); /* by now the old one, or one that came to nothing */
	return r;
}

int kept_load(const struct pol_sources *sources, struct pol_image **ret, uint64_t *ret_since)
{
	struct nsi_fail ignored = {""};
	NSI_AUTO_FD int state = path_open_trusted(kept_statedir_of(sources), O_PATH | O_DIRECTORY,
						  PATH_ROOT_OWNED, &ignored);
	struct stat st;

	if (state < 0)
		return state;
	if (!kept_is_of(state, sources->config, NULL) ||
	    fstatat(state, KEPT_DIR "/" ORIGIN, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -ENOENT;
	*ret_since = (uint64_t)st.st_mtim.tv_sec;
	return kept_load_at(sources, KEPT_DIR, ret);
}

#define IN_FORCE_FILE "policy"

static const char *const names[] = {
	[IN_FORCE_CURRENT] = "current",
	[IN_FORCE_LAST_GOOD] = "last-good",
	[IN_FORCE_NONE] = "none",
};

static_assert(sizeof(names) / sizeof(names[0]) == IN_FORCE_MAX, "every state has a name");

const char *in_force_name(enum in_force_state state)
{
	return names[state];
}

int in_force_write(int run_fd, const struct in_force *in_force)
{
	char text[400];
	int n = snprintf(text, sizeof(text),
			 "nsisolate-in-force 1 state=%s since=%" PRIu64 " config=%s\n",
			 names[in_force->state], in_force->since, in_force->config);

	return path_write_file(run_fd, IN_FORCE_FILE, 0600, text, (size_t)n);
}

int in_force_read(int run_fd, struct in_force *ret)
{
	char text[400], state[16];
	ssize_t n = fd_read_file(run_fd, IN_FORCE_FILE, text, sizeof(text));

	if (n < 0)
		return (int)n;
	if (sscanf(text, "nsisolate-in-force 1 state=%15s since=%" SCNu64 " config=%255[^\n]",
		   state, &ret->since, ret->config) != 3)
		return -EBADMSG;
	for (int i = 0; i < IN_FORCE_MAX; i++) {
		if (strcmp(state, names[i]) == 0) {
			ret->state = i;
			return 0;
		}
	}
	return -EBADMSG;
}
