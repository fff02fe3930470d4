/* SPDX-License-Identifier: MIT */
/* The histogram of waits, and its file */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "state/waits.h"

static char dir[] = "/tmp/nsi-waits-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	NSI_AUTO_FD int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	(void)unlinkat(fd, WAITS_FILE, 0);
	return rmdir(dir);
}

static void test_each_wait_is_in_the_first_bucket_that_has_room(void **state)
{
	struct waits w = {0};

	(void)state;
	for (unsigned i = 1; i < WAITS_BUCKETS; i++)
		assert_true(waits_bound_us(i) > waits_bound_us(i - 1));
	assert_true(waits_bound_us(WAITS_BUCKETS - 1) == UINT64_MAX);
	waits_add(&w, WAITS_NEW, 0);
	waits_add(&w, WAITS_NEW, 250);
	waits_add(&w, WAITS_NEW, 251);
	waits_add(&w, WAITS_JOINED, UINT64_C(3600) * 1000000);
	assert_int_equal(w.rows[WAITS_NEW].counts[0], 2);
	assert_int_equal(w.rows[WAITS_NEW].counts[1], 1);
	assert_int_equal(w.rows[WAITS_NEW].sum_us, 501);
	assert_int_equal(w.rows[WAITS_JOINED].counts[WAITS_BUCKETS - 1], 1);
}

static void test_the_next_helper_goes_on_counting(void **state)
{
	NSI_AUTO_FD int run = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct waits w, read = {0};
	int fd;

	(void)state;
	assert_int_equal(waits_read(run, &read), 0);
	fd = waits_open(run, &w);
	assert_true(fd >= 0);
	waits_add(&w, WAITS_NEW, 7);
	assert_int_equal(waits_write(fd, &w), 0);
	close(fd);
	fd = waits_open(run, &w);
	waits_add(&w, WAITS_NEW, 7);
	assert_int_equal(waits_write(fd, &w), 0);
	close(fd);
	assert_int_equal(waits_read(run, &read), 0);
	assert_int_equal(read.rows[WAITS_NEW].counts[0], 2);
}

static void test_a_damaged_file_counts_as_none(void **state)
{
	NSI_AUTO_FD int run = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct waits w, read = {0};
	int fd = waits_open(run, &w);

	(void)state;
	waits_add(&w, WAITS_NEW, 7);
	assert_int_equal(waits_write(fd, &w), 0);
	assert_int_equal(pwrite(fd, "x", 1, 3), 1);
	assert_int_equal(waits_read(run, &read), 0);
	assert_int_equal(read.rows[WAITS_NEW].counts[0], 0);
	assert_int_equal(ftruncate(fd, 5), 0);
	assert_int_equal(waits_read(run, &read), 0);
	assert_int_equal(read.rows[WAITS_NEW].sum_us, 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_wait_is_in_the_first_bucket_that_has_room),
		cmocka_unit_test(test_the_next_helper_goes_on_counting),
		cmocka_unit_test(test_a_damaged_file_counts_as_none),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
