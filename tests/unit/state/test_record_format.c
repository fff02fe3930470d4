/* SPDX-License-Identifier: MIT */
/* The versions of records: which heads and slots are read, and no byte beyond their end */
#include "state/record_format.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "tests/unit/test.h"

static struct set_record sample(uint64_t id)
{
	struct set_record head = {.id = id, .uid = 2001, .dir_count = 1, .types = 7};

	(void)snprintf(head.policy, sizeof(head.policy), "lab");
	(void)snprintf(head.dirs[0].path, sizeof(head.dirs[0].path), "/tmp");
	return head;
}

/* Sound by its checksum, so that nothing but the ranges tells. */
TEST(test_values_out_of_range_are_refused)
{
	static const struct {
		size_t at, size;
	} texts[] = {
#define TEXT(field) {offsetof(struct set_record, field), sizeof(((struct set_record *)0)->field)}
		TEXT(boot_id),   TEXT(policy),     TEXT(user),         TEXT(hostname),
		TEXT(rule),      TEXT(program),    TEXT(view),         TEXT(job_name),
		TEXT(job_group), TEXT(on_end.run), TEXT(dirs[0].path),
#undef TEXT
	};
	const struct set_record good = sample(7);
	struct set_record bad[5], back, head;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		bad[i] = good;
	bad[0].id = 0;
	bad[1].types = ns_bit(NS_TYPE_MAX);
	bad[2].missing = bad[2].types; /* it cannot have them as well */
	bad[3].end.state = SET_STATE_MAX;
	bad[4].user_count = RECORD_USERS + 1;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		format_seal_head(&bad[i]);
		assert_int_equal(record_parse(&bad[i], sizeof(bad[i]), &back), -EBADMSG);
	}
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		head = good;
		memset((char *)&head + texts[i].at, 'a', texts[i].size); /* it has no end */
		format_seal_head(&head);
		assert_int_equal(record_parse(&head, sizeof(head), &back), -EBADMSG);
	}
	head = good;
	format_seal_head(&head);
	assert_int_equal(record_parse(&head, sizeof(head), &back), 0);
	assert_int_equal(record_parse(&head, 16, &back), -EBADMSG);
}

TEST(test_a_longer_head_is_read_without_what_is_new)
{
	static char all[sizeof(struct set_record) + 512];
	struct set_record head = sample(12), back;
	const size_t begin = offsetof(struct set_record, boot_id);
	const size_t dirs = offsetof(struct set_record, dirs);
	const size_t behind = offsetof(struct set_record, on_end);

	format_seal_head(&head);
	head.size = sizeof(all);
	memcpy(all, &head, sizeof(head));
	memset(all + sizeof(head), 0x5a, 512);
	head.checksum = hash_bytes(HASH_START, all + begin,
				   dirs + head.dir_count * sizeof(head.dirs[0]) - begin);
	head.checksum = hash_bytes(head.checksum, all + behind, sizeof(all) - behind);
	memcpy(all, &head, sizeof(head));
	assert_int_equal(record_parse(all, sizeof(all), &back), 0);
	assert_int_equal(back.uid, 2001);
	assert_int_equal(back.size, sizeof(back));
	all[sizeof(all) - 1] ^= 1;
	assert_int_equal(record_parse(all, sizeof(all), &back), -EBADMSG);
	assert_int_equal(record_parse(all, sizeof(all) - 1, &back), -EBADMSG);
}

/* A version that never was, with everything elsewhere. */
struct head_0 {
	char magic[8];
	uint32_t version, size;
	uint64_t checksum;
	char who[200];
	uint32_t number, uid;
	char rest[280];
};

static int read_head_0(const void *raw, size_t size, struct set_record *ret)
{
	struct head_0 old;

	if (size != sizeof(old))
		return -EBADMSG;
	memcpy(&old, raw, sizeof(old));
	if (old.checksum != old.number + old.uid)
		return -EBADMSG;
	ret->id = old.number;
	ret->uid = old.uid;
	memcpy(ret->user, old.who, sizeof(old.who));
	return 0;
}

TEST(test_an_older_version_is_converted)
{
	const struct record_format table[] = {
		{.version = 0, .head_min = sizeof(struct head_0), .head = read_head_0},
		record_formats[0],
	};
	struct head_0 old = {RECORD_MAGIC, 0,          sizeof(old), 2048, .who = "alice",
			     .number = 47, .uid = 2001};
	const struct record_format *format = NULL;
	struct set_record back, again;
	char all[1024] = {0};

	memcpy(all, &old, sizeof(old));
	assert_int_equal(sizeof(old), 512);
	assert_int_equal(format_read_head(table, 2, all, sizeof(all), &back, &format), 512);
	assert_ptr_equal(format, &table[0]);
	assert_int_equal(back.id, 47);
	assert_string_equal(back.user, "alice");
	assert_true(format_is_present(&back)); /* and sealed, so that it can be written as it is */
	assert_int_equal(record_parse(&back, sizeof(back), &again), 0);
	assert_int_equal(record_parse(all, sizeof(all), &back), -EPROTO);
	((struct head_0 *)(void *)all)->uid++;
	assert_int_equal(format_read_head(table, 2, all, sizeof(all), &back, &format), -EBADMSG);
	((struct head_0 *)(void *)all)->version = 99;
	assert_int_equal(format_read_head(table, 2, all, sizeof(all), &back, &format), -EPROTO);
}

/* Reads @size bytes of @raw from memory that has no more, so that AddressSanitizer sees one too many. */
static int read_bytes(const void *raw, size_t size, struct set_record *ret)
{
	char *copy = malloc(size + 1);
	int r;

	assert_non_null(copy);
	memcpy(copy + 1, raw, size); /* at an odd address */
	r = format_read_head(record_formats, record_format_count, copy + 1, size, ret, NULL);
	free(copy);
	return r;
}

TEST(test_a_head_that_is_cut_short)
{
	static const size_t sizes[] = {0, 1, 23, 24, 512, 10752, sizeof(struct set_record) - 1};
	struct set_record head = sample(7), back;

	format_seal_head(&head);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_int_equal(read_bytes(&head, sizes[i], &back), -EBADMSG);
	assert_int_equal(read_bytes(&head, sizeof(head), &back), (int)sizeof(head));
	assert_memory_equal(&back, &head, sizeof(head));
}

TEST(test_sizes_that_no_head_has)
{
	static const uint32_t sizes[] = {0,
					 512,
					 10752 - 512,
					 10752 + 1,
					 sizeof(struct set_record) + 512,
					 FORMAT_HEAD_MAX + 512,
					 UINT32_MAX - 511,
					 UINT32_MAX};
	struct set_record head = sample(7), back;

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		format_seal_head(&head);
		head.size = sizes[i];
		assert_int_equal(read_bytes(&head, sizeof(head), &back), -EBADMSG);
	}
}

/* The count says how much the checksum is of, so it is looked at first. */
TEST(test_more_directories_than_a_head_has_room_for)
{
	static const uint32_t counts[] = {RECORD_DIRS + 1, 1u << 24, UINT32_MAX};
	struct set_record head = sample(7), back;

	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		head.dir_count = 1;
		format_seal_head(&head);
		head.dir_count = counts[i];
		assert_int_equal(read_bytes(&head, sizeof(head), &back), -EBADMSG);
	}
	head.dir_count = RECORD_DIRS;
	format_seal_head(&head);
	assert_int_equal(read_bytes(&head, sizeof(head), &back), (int)sizeof(head));
}

TEST(test_another_magic)
{
	struct set_record head = sample(7), back;

	format_seal_head(&head);
	head.magic[7] = 'x'; /* the last of it is a NUL */
	assert_int_equal(read_bytes(&head, sizeof(head), &back), -EBADMSG);
	memset(&head, 0, sizeof(head));
	assert_int_equal(read_bytes(&head, sizeof(head), &back), -EBADMSG);
}

TEST(test_slots)
{
	static const struct {
		size_t at, size;
	} texts[] = {
#define TEXT(field) \
	{offsetof(struct session_record, field), sizeof(((struct session_record *)0)->field)}
		TEXT(service),
		TEXT(tty),
		TEXT(cgroup),
#undef TEXT
	};
	const struct session_record good = {.id = 1, .pid = 42, .state = SLOT_LIVE};
	struct session_record s = good, back;

	format_seal_slot(&s);
	assert_int_equal(format_check_slot(&s), 0);
	assert_int_equal(record_formats[record_format_count - 1].slot(&s, &back), 0);
	assert_memory_equal(&back, &s, sizeof(s));
	for (size_t at = 0; at < sizeof(s); at++) {
		((char *)&s)[at] ^= 0x10;
		assert_int_equal(format_check_slot(&s), -EBADMSG);
		((char *)&s)[at] ^= 0x10;
	}
	s.state = SLOT_STATE_MAX;
	format_seal_slot(&s);
	assert_int_equal(format_check_slot(&s), -EBADMSG);
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		s = good;
		memset((char *)&s + texts[i].at, 'a', texts[i].size); /* it has no end */
		format_seal_slot(&s);
		assert_int_equal(format_check_slot(&s), -EBADMSG);
	}
	memset(&s, 0, sizeof(s)); /* never written: a checksum of zeros is not 0 */
	assert_int_equal(format_check_slot(&s), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_out_of_range_are_refused),
		cmocka_unit_test(test_a_longer_head_is_read_without_what_is_new),
		cmocka_unit_test(test_an_older_version_is_converted),
		cmocka_unit_test(test_a_head_that_is_cut_short),
		cmocka_unit_test(test_sizes_that_no_head_has),
		cmocka_unit_test(test_more_directories_than_a_head_has_room_for),
		cmocka_unit_test(test_another_magic),
		cmocka_unit_test(test_slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
