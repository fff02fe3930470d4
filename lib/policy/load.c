/* SPDX-License-Identifier: MIT */
/* The loading of a configuration, and whether it has to be loaded again */
#include "policy/load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/hash.h"
#include "policy/draft.h"
#include "policy/files.h"
#include "policy/image.h"
#include "policy/read.h"

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
	if (r < 0)
		return r;
	r = load_files(d, sources, flags);
	return r < 0 ? r : compile_draft(d, ret);
}

int policy_load_from(const struct pol_sources *sources, unsigned flags, struct pol_image **ret,
		     struct pol_report *report)
{
	NSI_CLEANUP(draft_done) struct draft d;

	return policy_load_draft(sources, flags, &d, ret, report);
}

int policy_load(const char *config, unsigned flags, struct pol_image **ret,
		struct pol_report *report)
{
	struct pol_sources sources = policy_sources(config);

	return policy_load_from(&sources, flags, ret, report);
}

/* Adds the name and the status of a file to @hash.  @ret: its status, all 0 if there is none. */
static uint64_t load_hash_look(uint64_t hash, int dirfd, const char *name, struct stat *ret)
{
	struct stat st;

	*ret = (struct stat){0};
	hash = hash_bytes(hash, name, strlen(name) + 1);
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return hash_u64(hash, (uint64_t)errno);
	*ret = st;
	hash = hash_u64(hash, st.st_dev);
	hash = hash_u64(hash, st.st_ino);
	hash = hash_u64(hash, st.st_mode); /* and the owner: trust may come and go */
	hash = hash_u64(hash, st.st_uid);
	if (S_ISDIR(st.st_mode)) /* its files speak for themselves, others do not matter */
		return hash;
	hash = hash_u64(hash, (uint64_t)st.st_size);
	hash = hash_u64(hash, (uint64_t)st.st_mtim.tv_sec);
	hash = hash_u64(hash, (uint64_t)st.st_mtim.tv_nsec);
	hash = hash_u64(hash, (uint64_t)st.st_ctim.tv_sec);
	return hash_u64(hash, (uint64_t)st.st_ctim.tv_nsec);
}

static uint64_t load_hash_file(uint64_t hash, int dirfd, const char *name)
{
	struct stat ignored;

	return load_hash_look(hash, dirfd, name, &ignored);
}

/* The files of a directory in no order: sums do not care. */
static uint64_t load_hash_dropins(const char *dir, unsigned *ret_count)
{
	NSI_AUTO_DIR DIR *stream = opendir(dir);
	const struct dirent *e;
	uint64_t sum = 0;

	*ret_count = 0;
	if (!stream)
		return (uint64_t)errno;
	while (errno = 0, (e = readdir(stream))) {
		if (!files_is_dropin(e->d_name))
			continue;
		sum += load_hash_file(HASH_START, dirfd(stream), e->d_name);
		(*ret_count)++;
	}
	return errno ? (uint64_t)errno : sum; /* else it may be taken for empty */
}

static bool load_is_same_directory(const struct pol_empty *seen, const struct stat *st)
{
	return st->st_ino != 0 && seen->dev == st->st_dev && seen->ino == st->st_ino &&
	       seen->ctime_s == (uint64_t)st->st_ctim.tv_sec &&
	       seen->ctime_ns == (uint64_t)st->st_ctim.tv_nsec;
}

/*
 * Records that a directory has no drop-ins, which holds until its ctime changes.  A directory
 * that has just changed is not recorded: it may change again in the same tick of the clock.
 */
static void load_note_empty(struct pol_empty *seen, const struct stat *st)
{
	*seen = (struct pol_empty){0};
	if (st->st_ctim.tv_sec + 2 < time(NULL))
		*seen = (struct pol_empty){
			.dev = st->st_dev,
			.ino = st->st_ino,
			.ctime_s = (uint64_t)st->st_ctim.tv_sec,
			.ctime_ns = (uint64_t)st->st_ctim.tv_nsec,
		};
}

static uint64_t load_hash_config(uint64_t hash, const char *config, struct pol_empty *seen)
{
	char dir[PATH_MAX];
	struct stat st;
	unsigned count;
	uint64_t sum;

	hash = load_hash_file(hash, AT_FDCWD, config);
	if (files_dropin_dir(config, dir, sizeof(dir)) < 0)
		return hash;
	hash = load_hash_look(hash, AT_FDCWD, dir, &st);
	if (st.st_ino == 0 || load_is_same_directory(seen, &st))
		return hash_u64(hash, 0);
	sum = load_hash_dropins(dir, &count);
	if (count == 0 && sum == 0)
		load_note_empty(seen, &st);
	return hash_u64(hash, sum);
}

uint64_t policy_fingerprint_again(const struct pol_sources *sources, struct pol_looks *looks)
{
	uint64_t hash = load_hash_config(HASH_START, sources->config, &looks->config);

	if (sources->vendor)
		hash = load_hash_config(hash, sources->vendor, &looks->vendor);
	return load_hash_file(hash, AT_FDCWD, "/etc/group");
}

uint64_t policy_fingerprint_from(const struct pol_sources *sources)
{
	struct pol_looks none = {{0}, {0}};

	return policy_fingerprint_again(sources, &none);
}
