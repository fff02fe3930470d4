/* SPDX-License-Identifier: MIT */
#include "net/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "net/net.h"

static const char retired[] = ".undo";

int state_open(int run_fd, struct nsi_fail *f)
{
	return path_make_dir(run_fd, "net", 0700, f);
}

int state_lock(int net_fd, struct nsi_fail *f)
{
	NSI_AUTO_FD int fd = openat(net_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* Root's alone, and each of its holders is a child that a timer ends. */
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return fail_errno(f, errno, "cannot lock the records of networks");
	return nsi_take_fd(&fd);
}

int state_write(int net_fd, uint64_t set, const struct net_record *rec, struct nsi_fail *f)
{
	char text[NET_RECORD_TEXT], name[24];
	const size_t used = net_record_format(rec, text);
	int r;

	text_fmt(name, sizeof(name), "%" PRIu64, set);
	r = path_write_file(net_fd, name, 0600, text, used);
	return r < 0 ? fail_errno(f, r, "cannot write the record of the set's network") : 0;
}

static int state_read_named(int net_fd, const char *name, struct net_record *ret)
{
	char text[NET_RECORD_TEXT];
	ssize_t size = fd_read_file(net_fd, name, text, sizeof(text));

	if (size < 0)
		return (int)size;
	net_record_parse(text, ret);
	return 0;
}

int state_read(int net_fd, uint64_t set, struct net_record *ret)
{
	char name[24];

	text_fmt(name, sizeof(name), "%" PRIu64, set);
	return state_read_named(net_fd, name, ret);
}

static void state_retired_name(char name[32], uint64_t set)
{
	text_fmt(name, 32, "%" PRIu64 "%s", set, retired);
}

int state_retire(int net_fd, uint64_t set)
{
	char from[24], to[32];

	text_fmt(from, sizeof(from), "%" PRIu64, set);
	state_retired_name(to, set);
	if (renameat(net_fd, from, net_fd, to) == 0)
		return 0;
	return errno == ENOENT && faccessat(net_fd, to, F_OK, 0) == 0 ? 0 : -errno;
}

int state_read_retired(int net_fd, uint64_t set, struct net_record *ret)
{
	char name[32];

	state_retired_name(name, set);
	return state_read_named(net_fd, name, ret);
}

int state_remove(int net_fd, uint64_t set)
{
	char name[32];

	state_retired_name(name, set);
	return unlinkat(net_fd, name, 0) < 0 ? -errno : 0;
}

int state_each(int net_fd, state_each_fn *each, void *arg)
{
	NSI_AUTO_DIR DIR *dir = path_list(net_fd, ".");
	struct dirent *e;

	if (!dir)
		return -errno;
	while (errno = 0, (e = readdir(dir)) != NULL) {
		struct net_record rec;
		uint64_t set;
		int r;

		if (text_u64(e->d_name, UINT64_MAX, &set) < 0)
			continue;
		r = state_read(net_fd, set, &rec);
		if (r == -ENOENT || r == -E2BIG) /* it has gone, or is none of ours */
			continue;
		if (r < 0)
			return r;
		r = each(arg, set, &rec);
		if (r != 0)
			return r;
	}
	return -errno;
}

int state_next(int net_fd, uint64_t after, uint64_t *ret)
{
	NSI_AUTO_DIR DIR *dir = path_list(net_fd, ".");
	uint64_t best = 0, set;
	struct dirent *e;

	if (!dir)
		return -errno;
	while (errno = 0, (e = readdir(dir)) != NULL) {
		char *end = strstr(e->d_name, retired);

		if (end && strcmp(end, retired) == 0)
			*end = '\0';
		if (text_u64(e->d_name, UINT64_MAX, &set) == 0 && set > after &&
		    (best == 0 || set < best))
			best = set;
	}
	*ret = best;
	return -errno;
}
