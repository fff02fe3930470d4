/* SPDX-License-Identifier: MIT */
/* Addresses: stable, never twice, and remembered where two want the same one. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "net/pool.h"
#include "tests/unit/test.h"

static char dir[] = "/tmp/nsi-pool-XXXXXX";
static int dir_fd;

static int begin(void **state)
{
	(void)state;
	memcpy(dir, "/tmp/nsi-pool-XXXXXX", sizeof(dir));
	if (!mkdtemp(dir))
		return -1;
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY);
	return dir_fd < 0 ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	(void)unlinkat(dir_fd, "leases", 0);
	close(dir_fd);
	return rmdir(dir);
}

/* Live sets: index 0 is free, others hold the index they say. */
static uint32_t live[512];
static unsigned live_count;

static enum pool_use use(void *arg, const char *pools, uint32_t index)
{
	(void)arg;
	(void)pools;
	for (unsigned i = 0; i < live_count; i++) {
		if (live[i] == index)
			return POOL_TAKEN;
	}
	return POOL_FREE;
}

static int pick(struct leases *l, const char *pool4, const char *owner, uint64_t number,
		uint32_t *ret)
{
	struct inet_prefix pool[NET_FAMILIES] = {{0}};
	struct pool_wish wish = {
		.pool = pool,
		.owner = owner,
		.number = number,
		.is_lasting = true,
		.use = use,
	};
	struct nsi_fail f = {""};

	assert_int_equal(inet_read_network(pool4, &pool[NET_V4]), 0);
	return pool_pick(l, dir_fd, &wish, ret, &f);
}

TEST(test_is_the_uid_while_nobody_else_has_it)
{
	struct leases l = {0};
	uint32_t index;

	live_count = 0;
	assert_int_equal(pick(&l, "10.77.0.0/16", "u2001", 2001, &index), 0);
	assert_int_equal(index, 2001);
	assert_int_equal(pick(&l, "10.77.0.0/24", "u2001", 2001, &index), 0);
	assert_int_equal(index, 2001 % 253);
	assert_int_equal(l.count, 0);
}

TEST(test_collision_is_remembered_by_the_next_helper)
{
	struct leases l = {0}, next = {0};
	uint32_t index;

	live_count = 1;
	live[0] = 5;
	assert_int_equal(pick(&l, "10.77.0.0/24", "u258", 258, &index), 0);
	assert_int_equal(index, 6);
	live_count = 0;
	assert_int_equal(pool_load(&next, dir_fd), 0);
	assert_int_equal(pick(&next, "10.77.0.0/24", "u258", 258, &index), 0);
	assert_int_equal(index, 6);
	/* whose natural one that is gets another, though it is free now */
	assert_int_equal(pick(&next, "10.77.0.0/24", "u6", 6, &index), 0);
	assert_int_equal(index, 7);
	pool_done(&l);
	pool_done(&next);
}

TEST(test_two_hundred_users_have_two_hundred_addresses)
{
	struct leases l = {0};

	live_count = 0;
	for (uint64_t i = 0; i < 253; i++) { /* every uid wants one of two */
		char owner[32];
		uint32_t index;

		(void)snprintf(owner, sizeof(owner), "u%u", (unsigned)(1000 + i));
		assert_int_equal(pick(&l, "10.77.0.0/24", owner, i % 2, &index), 0);
		for (unsigned k = 0; k < live_count; k++)
			assert_int_not_equal(live[k], index);
		live[live_count++] = index;
	}
	assert_int_equal(pick(&l, "10.77.0.0/24", "u9", 9, &(uint32_t){0}), -28); /* ENOSPC */
	pool_done(&l);
}

TEST(test_sizes_leave_out_network_gateway_and_broadcast)
{
	struct inet_prefix pool[NET_FAMILIES] = {{0}};
	char text[INET_TEXT];
	struct inet_prefix last;

	assert_int_equal(inet_read_network("10.0.0.0/30", &pool[NET_V4]), 0);
	assert_int_equal(pool_size(pool), 1);
	last = pool_address(&pool[NET_V4], 0);
	assert_string_equal(inet_format(&last, true, text), "10.0.0.2/30");
	assert_int_equal(inet_read_network("10.0.0.0/16", &pool[NET_V4]), 0);
	last = pool_address(&pool[NET_V4], pool_size(pool) - 1);
	assert_string_equal(inet_format(&last, false, text), "10.0.255.254");
	assert_int_equal(inet_read_network("fd77::/126", &pool[NET_V6]), 0);
	assert_int_equal(pool_size(pool), 2);
	last = pool_gateway(&pool[NET_V6]);
	assert_string_equal(inet_format(&last, true, text), "fd77::1/126");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_is_the_uid_while_nobody_else_has_it, begin,
						end),
		cmocka_unit_test_setup_teardown(test_collision_is_remembered_by_the_next_helper,
						begin, end),
		cmocka_unit_test_setup_teardown(test_two_hundred_users_have_two_hundred_addresses,
						begin, end),
		cmocka_unit_test(test_sizes_leave_out_network_gateway_and_broadcast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
