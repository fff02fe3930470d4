/* SPDX-License-Identifier: MIT */
/* Records of sets: whole ones are read back, damaged ones are refused */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "state/record.h"
#include "state/record_format.h"
#include "tests/unit/test.h"

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
	struct set_record head = {.id = id, .uid = 2001, .dir_count = 1, .types = 7};

	(void)snprintf(head.policy, sizeof(head.policy), "lab");
	(void)snprintf(head.dirs[0].path, sizeof(head.dirs[0].path), "/tmp");
	return head;
}

TEST(test_a_record_comes_back)
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
	assert_int_equal(record_remove(dir, 7), 0); /* a missing record is no error */
	assert_false(record_any(dir));
}

TEST(test_a_record_is_replaced_with_its_slots)
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

TEST(test_every_flipped_byte_is_seen)
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

TEST(test_what_is_no_record_is_refused)
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

TEST(test_a_torn_slot_is_seen)
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

/* A record from before fields were appended to the head: up to "room", with a sum over that. */
enum {
	HEAD_BEFORE = offsetof(struct set_record, program)
};

static size_t former(char *buf, struct set_record head)
{
	const size_t begin = offsetof(struct set_record, boot_id);
	const size_t dirs = offsetof(struct set_record, dirs);
	const size_t behind = offsetof(struct set_record, on_end);

	memcpy(head.magic, RECORD_MAGIC, sizeof(head.magic));
	head.version = 1;
	head.size = HEAD_BEFORE;
	head.checksum = hash_bytes(HASH_START, (const char *)&head + begin,
				   dirs + head.dir_count * sizeof(head.dirs[0]) - begin);
	head.checksum =
		hash_bytes(head.checksum, (const char *)&head + behind, HEAD_BEFORE - behind);
	memcpy(buf, &head, HEAD_BEFORE);
	return HEAD_BEFORE;
}

static void write_file(int dir, const char *name, const void *data, size_t size)
{
	int fd = openat(dir, name, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, data, size), (ssize_t)size);
	close(fd);
}

TEST(test_a_shorter_head_is_read_and_written_anew)
{
	static char all[HEAD_BEFORE + 3 * sizeof(struct session_record)];
	int dir = dir_of(state), fd;
	struct set_record head = sample(11), back;
	struct session_record s = {.id = 1, .pid = 42, .state = SLOT_LIVE}, got;
	struct stat st;

	assert_int_equal(HEAD_BEFORE, 10752); /* as it was on disk, whatever the structure is now */
	former(all, head);
	format_seal_slot(&s);
	for (int i = 0; i < 3; i++)
		memcpy(all + HEAD_BEFORE + (size_t)i * sizeof(s), &s, sizeof(s));
	all[HEAD_BEFORE + sizeof(s) + 40] ^= 1; /* the second slot is damaged, and stays so */
	write_file(dir, "11", all, sizeof(all));

	for (int round = 0; round < 2; round++) {
		fd = round == 1 ? record_take_over(dir, 11, &back) : record_open(dir, 11, &back);
		assert_true(fd >= 0);
		assert_int_equal(back.uid, 2001);
		assert_string_equal(back.dirs[0].path, "/tmp");
		assert_string_equal(back.program, "");
		assert_int_equal(record_read_slot(fd, 0, &got), 1);
		assert_int_equal(got.pid, 42);
		assert_int_equal(record_read_slot(fd, 1, &got), -EBADMSG);
		assert_int_equal(record_read_slot(fd, 2, &got), 1);
		assert_int_equal(record_read_slot(fd, 3, &got), 0);
		if (round == 1) /* now it is the file itself, and its slots can be written */
			assert_int_equal(record_write_slot(fd, 1, &s), 0);
		close(fd);
		assert_int_equal(fstatat(dir, "11", &st, 0), 0);
		assert_int_equal(st.st_size,
				 round == 0 ? sizeof(all) : sizeof(head) + 3 * sizeof(s));
	}
	fd = record_open(dir, 11, &back);
	assert_int_equal(record_read_slot(fd, 1, &got), 1);
	close(fd);
}

TEST(test_a_later_version_is_left_alone)
{
	int dir = dir_of(state);
	struct set_record head = sample(13), back;

	format_seal_head(&head);
	head.version = RECORD_VERSION + 1;
	write_file(dir, "13", &head, sizeof(head));
	assert_int_equal(record_open(dir, 13, &back), -EPROTO);
	assert_int_equal(record_take_over(dir, 13, &back), -EPROTO);
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
		cmocka_unit_test_setup_teardown(test_a_shorter_head_is_read_and_written_anew,
						make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_a_later_version_is_left_alone, make_dir,
						remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
