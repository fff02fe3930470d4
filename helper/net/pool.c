/* SPDX-License-Identifier: MIT */
#include "net/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/text.h"

void pool_name(const struct inet_prefix pool[NET_FAMILIES], char ret[2 * INET_TEXT])
{
	char v4[INET_TEXT], v6[INET_TEXT];

	text_fmt(ret, 2 * (size_t)INET_TEXT, "%s%s%s", inet_format(&pool[NET_V4], true, v4),
		 pool[NET_V4].family && pool[NET_V6].family ? "," : "",
		 inet_format(&pool[NET_V6], true, v6)); /* it fits */
}

/* Without the network's own address, the gateway's, and IPv4's broadcast. */
static uint64_t pool_size_of(const struct inet_prefix *pool)
{
	unsigned host = inet_width(pool->family) - pool->bits;

	if (pool->family == AF_UNSPEC)
		return UINT32_MAX;
	if (host < 2)
		return 0;
	if (host > 31)
		return UINT32_MAX;
	return (UINT64_C(1) << host) - (pool->family == AF_INET ? 3 : 2);
}

uint32_t pool_size(const struct inet_prefix pool[NET_FAMILIES])
{
	uint64_t v4 = pool_size_of(&pool[NET_V4]), v6 = pool_size_of(&pool[NET_V6]);

	return (uint32_t)(v4 < v6 ? v4 : v6);
}

static int pool_add(struct leases *leases, const struct lease *row)
{
	if (leases->count == leases->room) {
		uint32_t room = leases->room ? leases->room * 2 : 16;
		struct lease *rows = reallocarray(leases->rows, room, sizeof(*rows));

		if (!rows)
			return -ENOMEM;
		leases->rows = rows;
		leases->room = room;
	}
	leases->rows[leases->count++] = *row;
	return 0;
}

/* One short line, in one write(2): it is there or it is not. */
static int pool_append(int net_fd, const struct lease *row)
{
	NSI_AUTO_FD int fd = openat(net_fd, "leases",
				    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	char line[sizeof(*row) + 16];
	int n = snprintf(line, sizeof(line), "%s %s %" PRIu32 "\n", row->pools, row->owner,
			 row->index);

	return fd < 0 ? -errno : fd_write_all(fd, line, (size_t)n);
}

static const struct lease *pool_find(const struct leases *leases, const char *pools,
				     const char *owner)
{
	for (uint32_t i = leases->count; i-- > 0;) { /* the last word holds */
		const struct lease *row = &leases->rows[i];

		if (strcmp(row->pools, pools) == 0 && strcmp(row->owner, owner) == 0)
			return row;
	}
	return NULL;
}

/* Whether another owner is to find this one free. */
static bool pool_is_reserved(const struct leases *leases, const struct lease *want)
{
	for (uint32_t i = 0; i < leases->count; i++) {
		const struct lease *row = &leases->rows[i];

		if (row->index == want->index && strcmp(row->pools, want->pools) == 0 &&
		    strcmp(row->owner, want->owner) != 0)
			return true;
	}
	return false;
}

static int pool_remember(struct leases *leases, int net_fd, const struct lease *row,
			 struct nsi_fail *f)
{
	int r = pool_append(net_fd, row);

	if (r < 0)
		return fail_errno(f, r, "cannot write the address of %s to the file of leases",
				  row->owner);
	return pool_add(leases, row) < 0
		       ? fail_set(f, ENOMEM, "no memory for the address of %s", row->owner)
		       : 0;
}

int pool_pick(struct leases *leases, int net_fd, const struct pool_wish *wish, uint32_t *ret,
	      struct nsi_fail *f)
{
	uint32_t size = pool_size(wish->pool), natural;
	struct lease want = {.index = 0};
	const struct lease *had;
	bool is_lasting = wish->is_lasting;

	pool_name(wish->pool, want.pools);
	if (size == 0 || text_copy(want.owner, sizeof(want.owner), wish->owner) < 0)
		return fail_set(f, ENOSPC, "the pool %s is too small", want.pools);
	had = pool_find(leases, want.pools, want.owner);
	natural = had ? had->index : (uint32_t)(wish->number % size);
	for (uint32_t i = 0; i < size; i++) {
		enum pool_use use;

		want.index = (uint32_t)(((uint64_t)natural + i) % size);
		use = wish->use(wish->arg, want.pools, want.index);
		is_lasting = is_lasting && use != POOL_OWN;
		if (use != POOL_FREE || pool_is_reserved(leases, &want))
			continue;
		if (i > 0 && is_lasting) {
			int r = pool_remember(leases, net_fd, &want, f);

			if (r < 0)
				return r;
		}
		*ret = want.index;
		return 0;
	}
	return fail_set(f, ENOSPC, "the pool %s is used up: %" PRIu32 " sets have an address of it",
			want.pools, size);
}

int pool_load(struct leases *leases, int net_fd)
{
	int fd = openat(net_fd, "leases", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	NSI_AUTO_FILE FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	struct lease row;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	while (fscanf(file, "%111s %31s %" SCNu32, row.pools, row.owner, &row.index) == 3) {
		if (pool_add(leases, &row) < 0)
			return -ENOMEM;
	}
	return 0;
}

void pool_done(struct leases *leases)
{
	free(leases->rows);
	*leases = (struct leases){0};
}
