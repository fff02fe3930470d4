/* SPDX-License-Identifier: MIT */
/* The sentinel of a set: a file system of its own, by whose end the kernel reports the set's. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/path.h"
#include "host/host.h"
#include "mnt/mnt.h"
#include "setup/parts.h"
#include "setup/setup.h"
#include "state/record.h"

enum {
	SENTINEL_INODES = 4,
	SENTINEL_BLOCKS = 16, /* at least; see below */
	SENTINEL_SPREAD = 0xffffff
};

/* Made by a spare anchor before it is known for which set, as it needs nothing of one. */
static int prepared_sentinel = -EBADF;

/*
 * Its size is a random number of pages, which costs nothing, as it is read-only: by that a helper that
 * comes after a crash tells this file system from another that has got its device number since.
 */
static int sentinel_make(struct nsi_fail *f)
{
	struct mnt_tmpfs options = {
		.inodes = SENTINEL_INODES,
		.mode = 0700,
		.attrs = MNT_READONLY,
	};
	uint32_t number = 0;

	(void)!getrandom(&number, sizeof(number), GRND_NONBLOCK); /* 0 is a size, too */
	options.size = (SENTINEL_BLOCKS + (uint64_t)(number & SENTINEL_SPREAD)) *
		       (uint64_t)sysconf(_SC_PAGESIZE);
	return mnt_new_tmpfs(&options, f);
}

void setup_stock_sentinel(void)
{
	struct nsi_fail ignored = {""}; /* the same is reported when it is wanted */

	prepared_sentinel = sentinel_make(&ignored);
}

void setup_clear_sentinel(void)
{
	nsi_closep(&prepared_sentinel);
}

/* Reports its marks: later it is mounted out of sight. */
static int sentinel_describe(int mount, struct setup_report *report)
{
	struct statfs fs;
	struct stat st;

	if (fstat(mount, &st) < 0 || fstatfs(mount, &fs) < 0)
		return fail_errno(&report->fail, errno, "cannot look at the set's sentinel");
	report->end.sentinel_dev = st.st_dev;
	report->end.sentinel_blocks = (uint32_t)fs.f_bfree;
	return 0;
}

/* Whether -errno @r of its place says that the policy has put something else over the rundir. */
static bool sentinel_is_hidden(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ELOOP || r == -EPERM;
}

int setup_sentinel(const struct setup_plan *plan, struct setup_report *report)
{
	NSI_AUTO_FD int mount = nsi_take_fd(&prepared_sentinel);
	NSI_AUTO_FD int place = -EBADF;
	struct nsi_fail *f = &report->fail;
	struct nsi_fail why = {""};
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/" RECORD_SENTINEL, plan->host->rundir);
	int r;

	if (n < 0 || (size_t)n >= sizeof(path))
		return fail_set(f, ENAMETOOLONG, "%s is too long", plan->host->rundir);
	place = path_open_place(path, &why);
	if (place < 0) /* without the rundir, namespaces and private directories must do */
		return sentinel_is_hidden(place)
			       ? 0
			       : fail_set(f, place, "no place for the set's sentinel: %s",
					  why.what);
	if (mount < 0)
		mount = sentinel_make(f);
	if (mount < 0)
		return mount;
	r = mnt_attach(mount, place, f);
	return r < 0 ? r : sentinel_describe(mount, report);
}
