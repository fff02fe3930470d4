/* SPDX-License-Identifier: MIT */
/* Does a record come back as it was written, and only if it did? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/record.h"

static int make_dir(void **state)
{
	static char path[64];
	static int fd;

	if (geteuid() != 0) /* a record of anybody else's is foreign, which is the point */
		return 0;
	(void)snprintf(path, sizeof(path), "/tmp/test_record.XXXXXX");
	if (!mkdtemp(path))
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = &fd;
	return fd < 0 ? -1 : 0;
}

static int remove_one(void *arg, const char *name, uint64_t id)
{
	(void)id;
	return unlinkat(*(int *)arg, name, 0);
}

static int remove_dir(void **state)
{
	char link[64], path[256];
	ssize_t n;

	if (!*state)
		return 0;
	(void)record_each(*(int *)*state, remove_one, *state);
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", *(int *)*state);
	n = readlink(link, path, sizeof(path) - 1);
	close(*(int *)*state);
	if (n <= 0)
		return -1;
	path[n] = '\0';
	return rmdir(path);
}

static int dir_of(void **state)
{
	if (!*state)
		skip();
	return *(int *)*state;
}

static struct set_record sample(uint64_t id)
{
	struct set_record head = {.id = id, .uid = 2001, .dir_count = 1, .kinds = 7};

	(void)snprintf(head.policy, sizeof(head.policy), "lab");
	(void)snprintf(head.dirs[0].path, sizeof(head.dirs[0].path), "/tmp");
	return head;
}

static void test_a_record_comes_back(void **state)
{
	int dir = dir_of(state), fd;
	struct set_record head = sample(7), back;
	struct session_record s = {.id = 1, .pid = 42, .state = SLOT_LIVE}, got;

	fd = record_create(dir, &head);
	assert_true(fd >= 0);
	assert_int_equal(record_write_slot(fd, 0, &s), 0);
	close(fd);
	fd = record_open(dir, 7, &back);
	assert_true(fd >= 0);
	assert_memory_equal(&head, &back, sizeof(head));
	assert_int_equal(record_read_slot(fd, 0, &got), 1);
	assert_int_equal(got.pid, 42);
	assert_int_equal(record_read_slot(fd, 1, &got), 0);
	close(fd);
	assert_true(record_any(dir));
	assert_int_equal(record_remove(dir, 7), 0);
	assert_int_equal(record_remove(dir, 7), 0); /* one that is not there is fine */
	assert_false(record_any(dir));
}

static void test_a_record_is_replaced_with_its_slots(void **state)
{
	int dir = dir_of(state), fd;
	struct set_record head = sample(8), back;
	struct session_record slots[3] = {{.pid = 1, .state = SLOT_LIVE}, {0}, {.pid = 3}}, got;

	close(record_create(dir, &head));
	head.anchor_pid = 99;
	close(record_replace(dir, &head, slots, 3));
	fd = record_open(dir, 8, &back);
	assert_true(fd >= 0);
	assert_int_equal(back.anchor_pid, 99);
	assert_int_equal(record_read_slot(fd, 1, &got), 1);
	assert_int_equal(got.state, SLOT_FREE);
	assert_int_equal(record_read_slot(fd, 2, &got), 1);
	assert_int_equal(got.pid, 3);
	close(fd);
}

static void test_every_flipped_byte_is_seen(void **state)
{
	int dir = dir_of(state), fd;
	struct set_record head = sample(9), back;

	head.dir_count = RECORD_DIRS; /* those beyond the count are not used */
	fd = record_create(dir, &head);
	assert_true(fd >= 0);
	for (size_t at = 0; at < sizeof(head); at += 97) {
		char byte = (char)(((const char *)&head)[at] ^ 0x10);

		assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
		if (record_open(dir, 9, &back) >= 0)
			fail_msg("a flip at %zu is not seen", at);
		assert_int_equal(pwrite(fd, (const char *)&head + at, 1, (off_t)at), 1);
	}
	close(fd);
}

static void test_what_is_no_record_is_refused(void **state)
{
	int dir = dir_of(state);
	struct set_record back;

	assert_int_equal(mkfifoat(dir, "1", 0600), 0);
	assert_int_equal(record_open(dir, 1, &back), -EBADMSG);
	assert_int_equal(symlinkat("/etc/passwd", dir, "2"), 0);
	assert_int_equal(record_open(dir, 2, &back), -EBADMSG);
	close(openat(dir, "3", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(record_open(dir, 3, &back), -EBADMSG);
	assert_int_equal(record_open(dir, 4, &back), -ENOENT);
	assert_int_equal(record_set_aside(dir, "3"), 0);
	assert_int_equal(record_open(dir, 3, &back), -ENOENT);
	assert_int_equal(unlinkat(dir, ".bad-3", 0), 0);
}

static void test_a_torn_slot_is_seen(void **state)
{
	int dir = dir_of(state), fd;
	struct set_record head = sample(10);
	struct session_record s = {.id = 1, .pid = 42, .state = SLOT_LIVE}, got;

	fd = record_create(dir, &head);
	assert_int_equal(record_write_slot(fd, 0, &s), 0);
	assert_int_equal(ftruncate(fd, (off_t)(sizeof(head) + 100)), 0);
	assert_int_equal(record_read_slot(fd, 0, &got), -EBADMSG);
	close(fd);
}

static void test_half_records_are_tidied_away(void **state)
{
	int dir = dir_of(state);

	close(openat(dir, ".12.new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	close(openat(dir, ".bad-12", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	record_tidy(dir);
	assert_int_equal(faccessat(dir, ".12.new", F_OK, 0), -1);
	assert_int_equal(unlinkat(dir, ".bad-12", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_record_comes_back, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_a_record_is_replaced_with_its_slots, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(test_every_flipped_byte_is_seen, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(test_what_is_no_record_is_refused, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(test_a_torn_slot_is_seen, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_half_records_are_tidied_away, make_dir,
						remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
