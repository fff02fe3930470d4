/* SPDX-License-Identifier: MIT */
/* Has the configuration changed since it was read? */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/files.h"
#include "base/hash.h"

static uint64_t hash_file(uint64_t hash, int dirfd, const char *name)
{
	struct stat st;

	hash = hash_bytes(hash, name, strlen(name) + 1);
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return hash_u64(hash, (uint64_t)errno);
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

/* The files of a directory in no order: sums do not care. */
static uint64_t hash_dropins(const char *dir)
{
	DIR *stream = opendir(dir);
	const struct dirent *e;
	uint64_t sum = 0;

	if (!stream)
		return (uint64_t)errno;
	while ((e = readdir(stream))) {
		if (files_is_dropin(e->d_name))
			sum += hash_file(HASH_START, dirfd(stream), e->d_name);
	}
	(void)closedir(stream); /* was only read */
	return sum;
}

static uint64_t hash_config(uint64_t hash, const char *config)
{
	char dir[PATH_MAX];

	hash = hash_file(hash, AT_FDCWD, config);
	if (files_dropin_dir(config, dir, sizeof(dir)) < 0)
		return hash;
	hash = hash_file(hash, AT_FDCWD, dir);
	return hash_u64(hash, hash_dropins(dir));
}

uint64_t policy_fingerprint_from(const struct pol_sources *sources)
{
	uint64_t hash = hash_config(HASH_START, sources->config);

	if (sources->vendor)
		hash = hash_config(hash, sources->vendor);
	return hash_file(hash, AT_FDCWD, "/etc/group");
}

uint64_t policy_fingerprint(const char *config)
{
	struct pol_sources sources = policy_sources(config);

	return policy_fingerprint_from(&sources);
}
