/* SPDX-License-Identifier: MIT */
/* Fingerprints of the configuration's files, by stat(2) */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "policy/files.h"

/* Adds the name and the status of a file to @hash.  @ret: its status, all 0 if there is none. */
static uint64_t fingerprint_hash_look(uint64_t hash, int dirfd, const char *name, struct stat *ret)
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

static uint64_t fingerprint_hash_file(uint64_t hash, int dirfd, const char *name)
{
	struct stat ignored;

	return fingerprint_hash_look(hash, dirfd, name, &ignored);
}

/* The files of a directory in no order: sums do not care. */
static uint64_t fingerprint_hash_dropins(const char *dir, unsigned *ret_count)
{
	NSI_AUTO_DIR DIR *stream = opendir(dir);
	const struct dirent *e;
	uint64_t sum = 0;

	*ret_count = 0;
	if (!stream)
		return (uint64_t)errno;
	while ((e = readdir(stream))) {
		if (!files_is_dropin(e->d_name))
			continue;
		sum += fingerprint_hash_file(HASH_START, dirfd(stream), e->d_name);
		(*ret_count)++;
	}
	return sum;
}

static bool fingerprint_is_same_directory(const struct pol_empty *seen, const struct stat *st)
{
	return st->st_ino != 0 && seen->dev == st->st_dev && seen->ino == st->st_ino &&
	       seen->ctime_s == (uint64_t)st->st_ctim.tv_sec &&
	       seen->ctime_ns == (uint64_t)st->st_ctim.tv_nsec;
}

/*
 * Records that a directory has no drop-ins, which holds until its ctime changes.  A directory
 * that has just changed is not recorded: it may change again in the same tick of the clock.
 */
static void fingerprint_note_empty(struct pol_empty *seen, const struct stat *st)
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

static uint64_t fingerprint_hash_config(uint64_t hash, const char *config, struct pol_empty *seen)
{
	char dir[PATH_MAX];
	struct stat st;
	unsigned count;
	uint64_t sum;

	hash = fingerprint_hash_file(hash, AT_FDCWD, config);
	if (files_dropin_dir(config, dir, sizeof(dir)) < 0)
		return hash;
	hash = fingerprint_hash_look(hash, AT_FDCWD, dir, &st);
	if (st.st_ino == 0 || fingerprint_is_same_directory(seen, &st))
		return hash_u64(hash, 0);
	sum = fingerprint_hash_dropins(dir, &count);
	if (count == 0 && sum == 0)
		fingerprint_note_empty(seen, &st);
	return hash_u64(hash, sum);
}

uint64_t policy_fingerprint_again(const struct pol_sources *sources, struct pol_looks *looks)
{
	uint64_t hash = fingerprint_hash_config(HASH_START, sources->config, &looks->config);

	if (sources->vendor)
		hash = fingerprint_hash_config(hash, sources->vendor, &looks->vendor);
	return fingerprint_hash_file(hash, AT_FDCWD, "/etc/group");
}

uint64_t policy_fingerprint_from(const struct pol_sources *sources)
{
	struct pol_looks none = {{0}, {0}};

	return policy_fingerprint_again(sources, &none);
}
