/* SPDX-License-Identifier: MIT */
#include "state/waits.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hash.h"

static uint64_t waits_hash(const struct waits *w)
{
	return hash_bytes(HASH_START, w, offsetof(struct waits, check));
}

/* 0.25 ms is a join on an idle machine, 10 s the module's deadline. */
uint64_t waits_bound_us(unsigned bucket)
{
	static const uint64_t bounds[WAITS_BUCKETS] = {
		250,   500,    1000,   2500,   5000,    10000,   25000,
		50000, 100000, 250000, 500000, 1000000, 5000000, UINT64_MAX,
	};

	return bounds[bucket < WAITS_BUCKETS ? bucket : WAITS_BUCKETS - 1];
}

void waits_add(struct waits *w, enum waits_kind kind, uint64_t us)
{
	unsigned bucket = 0;

	while (us > waits_bound_us(bucket))
		bucket++;
	w->rows[kind].counts[bucket]++;
	w->rows[kind].sum_us += us;
}

static int waits_load(int fd, struct waits *ret)
{
	ssize_t n = pread(fd, ret, sizeof(*ret), 0);

	if (n < 0)
		return -errno;
	if (n != (ssize_t)sizeof(*ret) || ret->check != waits_hash(ret))
		*ret = (struct waits){0};
	return 0;
}

int waits_open(int run_fd, struct waits *ret)
{
	NSI_AUTO_FD int fd =
		openat(run_fd, WAITS_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r = fd < 0 ? -errno : waits_load(fd, ret);

	if (r < 0)
		*ret = (struct waits){0};
	return r < 0 ? r : nsi_take_fd(&fd);
}

int waits_write(int fd, struct waits *w)
{
	w->check = waits_hash(w);
	return pwrite(fd, w, sizeof(*w), 0) == (ssize_t)sizeof(*w) ? 0 : -EIO;
}

int waits_read(int run_fd, struct waits *ret)
{
	NSI_AUTO_FD int fd = openat(run_fd, WAITS_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	*ret = (struct waits){0};
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return waits_load(fd, ret);
}
